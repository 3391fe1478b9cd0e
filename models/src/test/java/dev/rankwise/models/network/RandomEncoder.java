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

/** A small encoder with random weights, on disk and as doubles for the oracle. */
public record RandomEncoder(
    BaseDirectory directory, ModelConfig config, Map<String, double[]> tensors) {

  /** Writes an encoder of that family below {@code folder}. */
  public static RandomEncoder write(Path folder, String modelType, long seed) throws IOException {
    return write(folder, modelType, "gelu", seed);
  }

  /** The same with another activation, as {@code hidden_act} spells it. */
  public static RandomEncoder write(Path folder, String modelType, String activation, long seed)
      throws IOException {
    Path base = Files.createDirectories(folder.resolve(modelType + seed));
    String architecture = modelType.equals("bert") ? "Bert" : "Roberta";
    Files.writeString(
        base.resolve("config.json"),
        """
        {"architectures": ["%sForSequenceClassification"], "model_type": "%s", "hidden_size": 24,
         "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40,
         "vocab_size": 31, "max_position_embeddings": 20, "type_vocab_size": 2, "pad_token_id": 1,
         "layer_norm_eps": 1e-12, "hidden_act": "%s", "initializer_range": 0.02,
         "id2label": {"0": "a", "1": "b", "2": "c"}, "label2id": {"a": 0, "b": 1, "c": 2}}
        """
            .formatted(architecture, modelType, activation));
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
              double centre = name.endsWith("LayerNorm.weight") ? 1 : 0;
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) (centre + random.nextDouble(-0.4, 0.4));
                wide[i] = values[i];
              }
              stored.add(StoredTensor.ofFloats(name, shape, values));
              tensors.put(name, wide);
            });
    Path weights = base.resolve("model.safetensors");
    SafetensorsWriter.write(weights, Map.of("format", "pt"), stored);
    return new RandomEncoder(new BaseDirectory(base, Sha256.ofFile(weights)), config, tensors);
  }

  /** Sequences of unequal lengths with labels. */
  public TokenBatch batch(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] offsets = {0, 5, 6, 15, 18};
    int[] ids = random.ints(18, 2, 31).toArray();
    int[] types = random.ints(18, 0, 2).toArray();
    return new TokenBatch(ids, types, offsets, new int[] {0, 2, 1, 2});
  }

  /** Loss and states in double. */
  public BertOracle oracle(Map<String, double[]> weights) {
    boolean bert = config.modelType().equals("bert");
    return new BertOracle(
        weights,
        config.modelType(),
        config.hiddenSize(),
        config.heads(),
        config.layers(),
        config.normEpsilon(),
        config.activation(),
        bert ? 0 : config.padTokenId() + 1);
  }
}
