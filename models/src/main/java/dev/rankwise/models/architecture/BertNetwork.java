package dev.rankwise.models.architecture;

import dev.rankwise.models.architecture.Segment.Precision;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.config.ModuleTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * BERT and RoBERTa encoders as segments: embeddings, blocks, and the classification head where the
 * configuration has one.
 */
final class BertNetwork {
  private BertNetwork() {}

  static Network of(ModelConfig config, ModuleTree modules) {
    String root = isClassifier(config) ? config.modelType() + "." : "";
    List<Segment> segments = new ArrayList<>();
    segments.add(embeddings(config, modules, root + "embeddings"));
    for (int layer = 0; layer < config.layers(); layer++) {
      segments.add(block(config, modules, root + "encoder.layer." + layer));
    }
    if (isClassifier(config)) {
      segments.add(head(config, modules, root));
    }
    return new Network(
        segments, isClassifier(config) ? Network.Answer.CLASS : Network.Answer.HIDDEN_STATES);
  }

  private static boolean isClassifier(ModelConfig config) {
    return config.task() == ModelTask.SEQUENCE_CLASSIFICATION;
  }

  private static Segment embeddings(ModelConfig config, ModuleTree modules, String path) {
    List<ProjectionGroup> tables =
        Stream.of("word_embeddings", "position_embeddings", "token_type_embeddings")
            .map(name -> ProjectionGroup.of(modules, name, path + ".", name))
            .toList();
    Map<String, String> tensors = new LinkedHashMap<>();
    Segment.layerNorm(tensors, "norm", path + ".LayerNorm");
    return new Segment(
        path,
        "kernels/embed/bert.torchscript",
        tables,
        tensors,
        Map.of("hidden", text(config.hiddenSize()), "epsilon", text(config.normEpsilon())),
        Precision.OF_BASE);
  }

  private static Segment block(ModelConfig config, ModuleTree modules, String path) {
    List<ProjectionGroup> groups =
        List.of(
            ProjectionGroup.of(
                modules, "attention", path + ".attention.self.", "query", "key", "value"),
            ProjectionGroup.of(modules, "attention_output", path + ".attention.output.", "dense"),
            ProjectionGroup.of(modules, "intermediate", path + ".intermediate.", "dense"),
            ProjectionGroup.of(modules, "output", path + ".output.", "dense"));
    Map<String, String> tensors = new LinkedHashMap<>();
    Segment.layerNorm(tensors, "attention_norm", path + ".attention.output.LayerNorm");
    Segment.layerNorm(tensors, "output_norm", path + ".output.LayerNorm");
    int headSize = config.headSize();
    Map<String, String> constants =
        Map.of(
            "hidden", text(config.hiddenSize()),
            "heads", text(config.heads()),
            "head_size", text(headSize),
            "scale", text(1 / Math.sqrt(headSize)),
            "activation", Activations.operator(config.activation()),
            "approximation", Activations.furtherArguments(config.activation()),
            "epsilon", text(config.normEpsilon()));
    return new Segment(
        path, "kernels/block/bert.torchscript", groups, tensors, constants, Precision.OF_BASE);
  }

  private static Segment head(ModelConfig config, ModuleTree modules, String root) {
    boolean bert = config.modelType().equals("bert");
    List<ProjectionGroup> groups =
        List.of(
            ProjectionGroup.of(
                modules, "dense", "", bert ? root + "pooler.dense" : "classifier.dense"),
            ProjectionGroup.of(
                modules, "classes", "", bert ? "classifier" : "classifier.out_proj"));
    return new Segment(
        "classifier",
        "kernels/head/pooled.torchscript",
        groups,
        Map.of(),
        Map.of(),
        Precision.FLOAT32);
  }

  private static String text(int number) {
    return Integer.toString(number);
  }

  private static String text(double number) {
    return Double.toString(number);
  }
}
