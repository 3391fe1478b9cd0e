package dev.rankwise.models.network;

import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.source.BaseDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A small decoder with random weights, on disk and as doubles for the oracle. */
public record RandomDecoder(
    BaseDirectory directory, ModelConfig config, Map<String, double[]> tensors) {
  private static final int VOCABULARY = 29;
  private static final String SIZES =
      """
      "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4,
      "num_key_value_heads": 2, "intermediate_size": 36, "vocab_size": 29,
      "max_position_embeddings": 40, "tie_word_embeddings": false, "rms_norm_eps": 1e-6,
      """;

  /** What a family has that others have not. */
  private static final Map<String, String> VARIANTS =
      Map.of(
          "llama",
          """
          "architectures": ["LlamaForCausalLM"], "head_dim": 8, "attention_bias": true,
          "mlp_bias": true, "rope_theta": 500.0, "rope_scaling": {"rope_type": "llama3",
          "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 16}
          """,
          "mistral",
          """
          "architectures": ["MistralForCausalLM"], "sliding_window": 3,
          "rope_theta": 100.0, "rope_scaling": {"type": "linear", "factor": 2.0}
          """,
          "qwen2",
          """
          "architectures": ["Qwen2ForCausalLM"], "sliding_window": 2, "use_sliding_window": true,
          "max_window_layers": 1
          """,
          "qwen3",
          """
          "architectures": ["Qwen3ForCausalLM"], "head_dim": 8
          """,
          "phi3",
          """
          "architectures": ["Phi3ForCausalLM"], "head_dim": 8, "partial_rotary_factor": 0.5
          """,
          "gemma2",
          """
          "architectures": ["Gemma2ForCausalLM"], "head_dim": 8, "query_pre_attn_scalar": 12,
          "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0, "sliding_window": 3
          """,
          "gpt2",
          """
          "architectures": ["GPT2LMHeadModel"], "n_embd": 24, "n_layer": 2, "n_head": 4,
          "n_positions": 40
          """);

  /** Writes a decoder of that family below {@code folder}. */
  public static RandomDecoder write(Path folder, String family, long seed) throws IOException {
    return write(folder, family, seed, SIZES);
  }

  /** The same, whose output embedding shares its weight with the token table. */
  public static RandomDecoder writeTied(Path folder, String family, long seed) throws IOException {
    return write(
        folder,
        family,
        seed,
        SIZES.replace("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true"));
  }

  /** The same of other sizes, which are fields of its configuration. */
  static RandomDecoder write(Path folder, String family, long seed, String sizes)
      throws IOException {
    Path base = Files.createDirectories(folder.resolve(family + seed));
    Files.writeString(
        base.resolve("config.json"),
        "{\"model_type\": \"%s\", %s %s}".formatted(family, sizes, VARIANTS.get(family)));
    ModelConfig config = ModelConfig.read(base.resolve("config.json"));
    SplittableRandom random = new SplittableRandom(seed);
    List<StoredTensor> stored = new ArrayList<>();
    Map<String, double[]> tensors = new LinkedHashMap<>();
    ModuleTree.of(config)
        .tensors()
        .forEach(
            (name, shape) -> {
              float[] values =
                  new float[Math.toIntExact(shape.stream().reduce(1L, (a, b) -> a * b))];
              double[] wide = new double[values.length];
              boolean norm = shape.size() == 1 && name.endsWith(".weight");
              double centre = norm && !family.equals("gemma2") ? 1 : 0;
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) (centre + random.nextDouble(-0.4, 0.4));
                wide[i] = values[i];
              }
              stored.add(StoredTensor.ofFloats(name, shape, values));
              tensors.put(name, wide);
            });
    Path weights = base.resolve("model.safetensors");
    SafetensorsWriter.write(weights, Map.of("format", "pt"), stored);
    return new RandomDecoder(new BaseDirectory(base, Sha256.ofFile(weights)), config, tensors);
  }

  /**
   * Sequences of unequal lengths, of which some share a line of attention: 5 and 4 tokens, 3 and 1.
   * Most tokens have a target, the second sequence has none.
   */
  public TokenBatch batch(long seed) {
    return batch(seed, 9, 1, 5, 4, 3);
  }

  /** Sequences of these lengths; most tokens have a target. */
  public TokenBatch batch(long seed, int... lengths) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] offsets = new int[lengths.length + 1];
    for (int sequence = 0; sequence < lengths.length; sequence++) {
      offsets[sequence + 1] = offsets[sequence] + lengths[sequence];
    }
    int tokens = offsets[lengths.length];
    int[] ids = random.ints(tokens, 0, VOCABULARY).toArray();
    int[] labels = ids.clone();
    for (int token = 2; token < tokens; token += 10) {
      labels[token] = TokenBatch.NONE;
    }
    return new TokenBatch(ids, new int[tokens], offsets, new int[0]).withNextTokens(labels);
  }

  /** Loss and states in double, with these weights. */
  public DecoderOracle oracle(Map<String, double[]> weights) {
    return new DecoderOracle(weights, config);
  }

  /** The same with experts beside its own weights. */
  public DecoderOracle oracle(DecoderOracle.Experts experts) {
    return new DecoderOracle(tensors, config, experts);
  }
}
