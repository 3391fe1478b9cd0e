package dev.rankwise.models;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.config.VisionEmbedding.Attention;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.vision.ImagePatches;
import dev.rankwise.models.vision.Picture;
import dev.rankwise.models.vision.PicturedPrompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** A golden case of a decoder that learns to see: a plain base, its adapter, and inputs. */
public final class VoraCase {
  private static final String CONFIG =
      """
      {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": %s,
       "num_hidden_layers": %s, "num_attention_heads": %s, "num_key_value_heads": %s,
       "intermediate_size": %s, "vocab_size": %s, "max_position_embeddings": 256,
       "rms_norm_eps": %s, "rope_theta": %s, "hidden_act": "silu", "tie_word_embeddings": false}
      """;

  private final Path golden;
  private final JsonNode facts;
  private final Path base;

  private VoraCase(Path golden, JsonNode facts, Path base) {
    this.golden = golden;
    this.facts = facts;
    this.base = base;
  }

  /** Reads a case, and writes its plain decoder into a new folder. */
  public static VoraCase of(Path golden, Path base) throws IOException {
    JsonNode facts = Golden.json(golden.resolve("config.json"));
    VoraCase found = new VoraCase(golden, facts, Files.createDirectories(base));
    Files.writeString(base.resolve("config.json"), found.config(CONFIG));
    List<StoredTensor> tensors = new ArrayList<>();
    try (SafetensorsFile weights = found.weights()) {
      for (TensorSpec tensor : weights.tensors().values()) {
        String name = tensor.name();
        if (!name.contains(".lora_") && !name.matches("(heads|vision_embedding)\\..*")) {
          tensors.add(StoredTensor.ofFloats(name, tensor.shape(), weights.floats(name)));
        }
      }
    }
    SafetensorsWriter.write(base.resolve("model.safetensors"), Map.of("format", "pt"), tensors);
    return found;
  }

  private String config(String text) {
    return String.format(
        Locale.ROOT,
        text,
        facts.get("hidden"),
        facts.get("layers"),
        facts.get("heads"),
        facts.get("kv"),
        facts.get("inner"),
        facts.get("vocab"),
        facts.get("eps"),
        facts.get("theta"));
  }

  /** What the case's {@code config.json} says. */
  public JsonNode facts() {
    return facts;
  }

  /** Expected values. */
  public SafetensorsFile values() {
    return SafetensorsFile.open(golden.resolve("cases.safetensors"));
  }

  /** Weights of the decoder, the adapter and the heads, by their full names. */
  public SafetensorsFile weights() {
    return SafetensorsFile.open(golden.resolve("weights.safetensors"));
  }

  /** The plain decoder. */
  public BaseDirectory base() {
    return new BaseDirectory(base, "vora");
  }

  /** The plain decoder's configuration. */
  public ModelConfig plain() {
    return ModelConfig.read(base.resolve("config.json"));
  }

  /** How the decoder sees. */
  public VisionEmbedding vision(int distilled) {
    int side = facts.get("side").intValue();
    return new VisionEmbedding(
        new ImageShape(side, facts.get("patch").intValue(), 3),
        facts.get("vision").intValue(),
        facts.get("eps").doubleValue(),
        distilled,
        Attention.BIDIRECTIONAL,
        VisionEmbedding.USUAL_PLACEHOLDER);
  }

  /** Blocks that are adapted and distilled. */
  public int adapted() {
    return facts.get("adapted").intValue();
  }

  /** The real places of each row's pattern: pictures by their letters, text by {@code t}. */
  private String pattern(int row) {
    return facts.get("patterns").get(row).textValue().replaceAll("p+$", "");
  }

  /** The micro-batch of the case, without padding. */
  public TokenBatch batch() {
    try (SafetensorsFile values = values()) {
      List<Integer> ids = new ArrayList<>();
      List<Integer> labels = new ArrayList<>();
      List<Integer> patches = new ArrayList<>();
      List<Picture> pictures = new ArrayList<>();
      int rows = facts.get("patterns").size();
      long[] given = values.longs("labels");
      int columns = given.length / rows;
      int[] offsets = new int[rows + 1];
      for (int row = 0; row < rows; row++) {
        long[] text = values.longs("text_ids." + row);
        int read = 0;
        String pattern = pattern(row);
        for (int i = 0; i < pattern.length(); i++) {
          boolean token = pattern.charAt(i) == 't';
          if (!token) {
            patches.add(ids.size());
          }
          ids.add(token ? Math.toIntExact(text[read++]) : 0);
          labels.add(Math.toIntExact(given[row * columns + i]));
        }
        for (String run : pattern.split("t+")) {
          if (!run.isEmpty()) {
            pictures.add(picture(values, run.length()));
          }
        }
        offsets[row + 1] = ids.size();
      }
      TokenBatch batch = new TokenBatch(ints(ids), new int[ids.size()], offsets, new int[0]);
      int patch = facts.get("patch").intValue();
      ImagePatches images = ImagePatches.of(pictures, patch, ints(patches));
      return batch.with(images.taught(teacher(values))).withNextTokens(ints(labels));
    }
  }

  /** Its rows as prompts, with placeholders where patches are. */
  public List<PicturedPrompt> prompts() {
    List<PicturedPrompt> prompts = new ArrayList<>();
    try (SafetensorsFile values = values()) {
      for (int row = 0; row < facts.get("patterns").size(); row++) {
        String pattern = pattern(row);
        long[] text = values.longs("text_ids." + row);
        int[] ids = new int[pattern.length()];
        int read = 0;
        for (int i = 0; i < ids.length; i++) {
          boolean token = pattern.charAt(i) == 't';
          ids[i] = token ? Math.toIntExact(text[read++]) : VisionEmbedding.USUAL_PLACEHOLDER;
        }
        prompts.add(
            new PicturedPrompt(
                ids,
                Arrays.stream(pattern.split("t+"))
                    .filter(run -> !run.isEmpty())
                    .map(run -> picture(values, run.length()))
                    .toList()));
      }
    }
    return prompts;
  }

  private Picture picture(SafetensorsFile values, int patches) {
    int patch = facts.get("patch").intValue();
    return values.tensors().values().stream()
        .filter(tensor -> tensor.name().startsWith("image."))
        .filter(tensor -> tensor.elements() == (long) patches * 3 * patch * patch)
        .map(
            tensor ->
                new Picture(
                    3,
                    Math.toIntExact(tensor.shape().get(1)),
                    Math.toIntExact(tensor.shape().get(2)),
                    values.floats(tensor.name())))
        .findFirst()
        .orElseThrow();
  }

  private static List<float[]> teacher(SafetensorsFile values) {
    float[] all = values.floats("teacher");
    int blocks = Math.toIntExact(values.tensors().get("teacher").shape().get(0));
    int size = all.length / blocks;
    return IntStream.range(0, blocks)
        .mapToObj(block -> Arrays.copyOfRange(all, block * size, (block + 1) * size))
        .toList();
  }

  /** Expected values at the real places, laid end to end, out of a padded array. */
  public double[] real(double[] padded) {
    int rows = facts.get("patterns").size();
    int columns = facts.get("patterns").get(0).textValue().length();
    int width = padded.length / (rows * columns);
    double[][] parts = new double[rows][];
    for (int row = 0; row < rows; row++) {
      int begin = row * columns * width;
      parts[row] = Arrays.copyOfRange(padded, begin, begin + pattern(row).length() * width);
    }
    return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
  }

  private static int[] ints(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }
}
