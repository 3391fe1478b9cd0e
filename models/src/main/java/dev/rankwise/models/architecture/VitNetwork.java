package dev.rankwise.models.architecture;

import dev.rankwise.models.architecture.Segment.Precision;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.config.ModuleTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * ViT as segments: patches with their positions, pre-norm blocks, last norm, and the classification
 * head where the configuration has one.
 *
 * <p>The patch convolution is a projection group like any other: its windows do not overlap, so it
 * is one product with the patches laid end to end.
 */
final class VitNetwork {
  private VitNetwork() {}

  static Network of(ModelConfig config, ModuleTree modules) {
    boolean classifies = config.task() == ModelTask.SEQUENCE_CLASSIFICATION;
    String root = classifies ? "vit." : "";
    List<Segment> segments = new ArrayList<>();
    segments.add(embeddings(config, modules, root + "embeddings"));
    for (int layer = 0; layer < config.layers(); layer++) {
      segments.add(block(config, modules, root + "layers." + layer));
    }
    segments.add(Segment.lastLayerNorm(config, root + "layernorm"));
    if (!classifies) {
      return new Network(segments, Network.Answer.HIDDEN_STATES);
    }
    segments.add(
        new Segment(
            "classifier",
            "kernels/head/first.torchscript",
            List.of(ProjectionGroup.of(modules, "classes", "", "classifier")),
            Map.of(),
            Map.of(),
            Precision.FLOAT32));
    return new Network(segments, Network.Answer.CLASS);
  }

  private static Segment embeddings(ModelConfig config, ModuleTree modules, String path) {
    Map<String, String> tensors = new LinkedHashMap<>();
    tensors.put("class_token", path + ".cls_token");
    tensors.put("positions", path + ".position_embeddings");
    return new Segment(
        path,
        "kernels/embed/vit.torchscript",
        List.of(ProjectionGroup.of(modules, "patches", path + ".patch_embeddings.", "projection")),
        tensors,
        Map.of("hidden", Integer.toString(config.hiddenSize())),
        Precision.OF_BASE);
  }

  private static Segment block(ModelConfig config, ModuleTree modules, String path) {
    List<ProjectionGroup> groups =
        List.of(
            ProjectionGroup.of(
                modules, "attention", path + ".attention.", "q_proj", "k_proj", "v_proj"),
            ProjectionGroup.of(modules, "attention_output", path + ".attention.", "o_proj"),
            ProjectionGroup.of(modules, "intermediate", path + ".mlp.", "fc1"),
            ProjectionGroup.of(modules, "output", path + ".mlp.", "fc2"));
    Map<String, String> tensors = new LinkedHashMap<>();
    Segment.layerNorm(tensors, "attention_norm", path + ".layernorm_before");
    Segment.layerNorm(tensors, "feed_forward_norm", path + ".layernorm_after");
    Map<String, String> constants =
        Map.of(
            "hidden", Integer.toString(config.hiddenSize()),
            "heads", Integer.toString(config.heads()),
            "head_size", Integer.toString(config.headSize()),
            "scale", Double.toString(1 / Math.sqrt(config.headSize())),
            "activation", Activations.operator(config.activation()),
            "approximation", Activations.furtherArguments(config.activation()),
            "epsilon", Double.toString(config.normEpsilon()));
    return new Segment(
        path, "kernels/block/vit.torchscript", groups, tensors, constants, Precision.OF_BASE);
  }
}
