package dev.rankwise.adapters.export;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.TrainingStoppedException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.GgufWriter;
import dev.rankwise.models.format.GgufWriter.Value;
import dev.rankwise.models.format.StoredTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A LoRA adapter as llama.cpp reads one: a GGUF file with two tensors for each adapted module,
 * named after its weight in llama.cpp.
 *
 * <p>llama.cpp computes {@code y = W·x + (α/r)·B·(A·x)} with one α for the file and r as B has it.
 * Where a module's own scale s is another (rsLoRA, patterns of alpha), {@code B' = B·s·r/α} is
 * written instead, so that {@code (α/r)·B' = s·B}; ranks may differ from module to module.
 *
 * <p>Of families llama and mistral, llama.cpp turns numbers 2i and 2i+1 of a head by one angle
 * where transformers turns i and i+d/2, so its base has the rows of queries and keys in another
 * order, and B too.
 *
 * @param adapter the adapter
 * @param origin further keys of the file, such as where the adapter comes from
 */
public record GgufAdapter(Adapter adapter, Map<String, String> origin) {
  private static final String SERVER = "llama.cpp";

  /** The name of each family's architecture in llama.cpp. */
  private static final Map<String, String> ARCHITECTURES =
      Collections.unmodifiableMap(
          new TreeMap<>(
              Map.of(
                  "llama", "llama",
                  "mistral", "llama",
                  "qwen2", "qwen2",
                  "qwen3", "qwen3",
                  "phi3", "phi3",
                  "gemma2", "gemma2",
                  "gpt2", "gpt2")));

  /** What stands after {@code blk.N.} there, by what stands after a block's number here. */
  private static final Map<String, String> MODULES =
      Map.ofEntries(
          Map.entry("self_attn.q_proj", "attn_q"),
          Map.entry("self_attn.k_proj", "attn_k"),
          Map.entry("self_attn.v_proj", "attn_v"),
          Map.entry("self_attn.qkv_proj", "attn_qkv"),
          Map.entry("self_attn.o_proj", "attn_output"),
          Map.entry("mlp.gate_proj", "ffn_gate"),
          Map.entry("mlp.up_proj", "ffn_up"),
          Map.entry("mlp.gate_up_proj", "ffn_up"),
          Map.entry("mlp.down_proj", "ffn_down"),
          Map.entry("attn.c_attn", "attn_qkv"),
          Map.entry("attn.c_proj", "attn_output"),
          Map.entry("mlp.c_fc", "ffn_up"),
          Map.entry("mlp.c_proj", "ffn_down"));

  private static final String INTERLEAVED = "llama";
  private static final int ALL_FLOAT32 = 0;

  public GgufAdapter {
    origin = Collections.unmodifiableMap(new TreeMap<>(origin));
  }

  /**
   * Writes the file.
   *
   * @throws UserInputException with all for which llama.cpp has no place
   * @throws TrainingStoppedException if a number is not finite
   */
  public void write(Path file) {
    Servable.require(adapter.plan(), SERVER, ARCHITECTURES.keySet());
    List<StoredTensor> tensors = new ArrayList<>();
    for (MatchedModule module : adapter.plan().matched().adapted()) {
      String name = name(module.module().path());
      int in = module.module().inFeatures();
      int out = module.module().outFeatures();
      float[] a = factor(module, Parameter.Role.FACTOR_A);
      float[] b = ordered(module, scaled(module, factor(module, Parameter.Role.FACTOR_B)));
      tensors.add(tensor(name + ".weight.lora_a", module.rank(), in, a));
      tensors.add(tensor(name + ".weight.lora_b", out, module.rank(), b));
    }
    Map<String, Value> keys = new TreeMap<>();
    keys.put("general.architecture", new Value.Text(architecture()));
    keys.put("general.type", new Value.Text("adapter"));
    keys.put("general.file_type", new Value.Whole(ALL_FLOAT32));
    keys.put("adapter.type", new Value.Text("lora"));
    keys.put("adapter.lora.alpha", new Value.Real(alpha()));
    origin.forEach((key, text) -> keys.put(key, new Value.Text(text)));
    GgufWriter.write(file, keys, tensors);
  }

  private String architecture() {
    return ARCHITECTURES.get(adapter.plan().base().modelType());
  }

  /** α of the file. llama.cpp takes 0 for "no scale", so there another number stands. */
  private float alpha() {
    float alpha = (float) adapter.plan().spec().alpha();
    return alpha == 0 || Float.isInfinite(alpha) ? 1 : alpha;
  }

  private float[] factor(MatchedModule module, Parameter.Role role) {
    return adapter.plan().layout().parameters().stream()
        .filter(
            parameter ->
                parameter.role() == role
                    && parameter.tensor().module().equals(module.module().path()))
        .findFirst()
        .map(adapter::values)
        .orElseThrow(() -> new InternalException("No factor of " + module.module().path()));
  }

  /** {@code B·s·r/α}, in double and rounded once. */
  private float[] scaled(MatchedModule module, float[] b) {
    double factor = module.scale() * module.rank() / alpha();
    // What rounding leaves of α/r·r/α is no scale of its own, and B keeps its bits.
    if (Math.abs(factor - 1) < 1e-12) {
      return b;
    }
    float[] scaled = new float[b.length];
    for (int i = 0; i < b.length; i++) {
      scaled[i] = (float) (factor * b[i]);
    }
    return scaled;
  }

  /** B (out, r) with the rows of queries and keys as llama.cpp has them. */
  private float[] ordered(MatchedModule module, float[] b) {
    ModelConfig base = adapter.plan().base();
    String path = module.module().path();
    boolean query = path.endsWith(".q_proj");
    if (!architecture().equals(INTERLEAVED) || !(query || path.endsWith(".k_proj"))) {
      return b;
    }
    int heads = query ? base.heads() : base.keyValueHeads();
    int size = module.module().outFeatures() / heads;
    int rank = module.rank();
    float[] ordered = new float[b.length];
    for (int head = 0; head < heads; head++) {
      for (int pair = 0; pair < size / 2; pair++) {
        for (int half = 0; half < 2; half++) {
          int from = head * size + half * (size / 2) + pair;
          int to = head * size + 2 * pair + half;
          System.arraycopy(b, from * rank, ordered, to * rank, rank);
        }
      }
    }
    return ordered;
  }

  /** {@code model.layers.3.self_attn.q_proj} is {@code blk.3.attn_q}. */
  private static String name(String path) {
    String[] parts = path.split("[.]", 4);
    String module = parts.length == 4 ? MODULES.get(parts[3]) : null;
    if (module == null) {
      throw new UserInputException(
          ("Cannot export the adapter for %s: it has no name for module %s; leave it out of"
                  + " adapter.targets, or merge the adapter")
              .formatted(SERVER, path));
    }
    return "blk.%s.%s".formatted(parts[2], module);
  }

  private static StoredTensor tensor(String name, int rows, int columns, float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new TrainingStoppedException(
            "Adapter tensor %s holds a number that is not finite, so nothing is exported; lower alpha or go back to an earlier checkpoint"
                .formatted(name));
      }
    }
    return StoredTensor.ofFloats(name, List.of((long) rows, (long) columns), values);
  }
}
