package dev.rankwise.jobs;

import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/** Bases with random weights, small enough to be tuned in a second, with MiniLM's tokenizer. */
final class TinyBase {
  private static final String ENCODER =
      """
      {"architectures": ["BertModel"], "model_type": "bert", "hidden_size": 16,
       "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24,
       "vocab_size": 30522, "max_position_embeddings": 48, "type_vocab_size": 2,
       "pad_token_id": 0, "layer_norm_eps": 1e-12, "hidden_act": "gelu",
       "initializer_range": 0.02}
      """;

  private static final String DECODER =
      """
      {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 16,
       "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
       "intermediate_size": 24, "vocab_size": 30522, "max_position_embeddings": 64,
       "rms_norm_eps": 1e-6, "hidden_act": "silu", "tie_word_embeddings": true,
       "bos_token_id": 101, "eos_token_id": 102}
      """;

  /** Looked up once, since the hash of the base's weights is compared each time. */
  private static final class Tokenizer {
    static final Path FILE = new BaseSource(BaseCache.defaultRoot()).resolve("minilm").tokenizer();
  }

  private TinyBase() {}

  /** A causal decoder. */
  static Path decoder(Path folder, long seed) throws IOException {
    return write(folder, DECODER, seed, name -> true);
  }

  /** A base without a pooler, as sentence encoders are published. */
  static Path withoutPooler(Path folder, long seed) throws IOException {
    return write(
        folder, ENCODER, seed, name -> !name.contains("classifier") && !name.contains("pooler"));
  }

  /** A base with a pooler. */
  static Path withPooler(Path folder, long seed) throws IOException {
    return write(folder, ENCODER, seed, name -> !name.contains("classifier"));
  }

  private static Path write(Path folder, String text, long seed, Predicate<String> written)
      throws IOException {
    Path base = Files.createTempDirectory(folder, "base");
    Files.writeString(base.resolve("config.json"), text);
    Files.copy(Tokenizer.FILE, base.resolve("tokenizer.json"));
    SplittableRandom random = new SplittableRandom(seed);
    List<StoredTensor> tensors = new ArrayList<>();
    ModelConfig config = ModelConfig.read(base.resolve("config.json"));
    boolean decoder = config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL;
    ModuleTree.of(decoder ? config : config.forClassification(List.of("a", "b")))
        .tensors()
        .forEach(
            (name, shape) -> {
              if (!written.test(name)) {
                return;
              }
              float[] values =
                  new float[Math.toIntExact(shape.stream().reduce(1L, (a, b) -> a * b))];
              float centre = name.toLowerCase(Locale.ROOT).endsWith("norm.weight") ? 1 : 0;
              for (int i = 0; i < values.length; i++) {
                values[i] = centre + (float) random.nextDouble(-0.2, 0.2);
              }
              tensors.add(StoredTensor.ofFloats(name, shape, values));
            });
    SafetensorsWriter.write(base.resolve("model.safetensors"), Map.of("format", "pt"), tensors);
    return base;
  }
}
