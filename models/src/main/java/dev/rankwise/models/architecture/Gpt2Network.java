package dev.rankwise.models.architecture;

import dev.rankwise.models.architecture.Segment.Precision;
import dev.rankwise.models.config.DecoderConfig;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.config.ModuleTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * GPT-2 as segments: tables of tokens and positions, blocks, last norm, and the output embedding
 * where the configuration has one.
 */
final class Gpt2Network {
  private Gpt2Network() {}

  static Network of(ModelConfig config, ModuleTree modules) {
    boolean bare = config.task() == ModelTask.HIDDEN_STATES;
    String root = bare ? "" : "transformer.";
    List<Segment> segments = new ArrayList<>();
    segments.add(embeddings(modules, root));
    for (int layer = 0; layer < config.layers(); layer++) {
      segments.add(block(config, modules, root + "h." + layer));
    }
    segments.add(Segment.lastLayerNorm(config, root + "ln_f"));
    if (bare) {
      return new Network(segments, Network.Answer.HIDDEN_STATES);
    }
    segments.add(OutputEmbedding.segment(config, modules));
    return new Network(
        segments, Network.Answer.NEXT_TOKEN, OutputEmbedding.tied(config, root + "wte"));
  }

  private static Segment embeddings(ModuleTree modules, String root) {
    return new Segment(
        root + "wte",
        "kernels/embed/gpt2.torchscript",
        List.of(
            ProjectionGroup.of(modules, "tokens", "", root + "wte"),
            ProjectionGroup.of(modules, "positions", "", root + "wpe")),
        Map.of(),
        Map.of(),
        Precision.OF_BASE);
  }

  private static Segment block(ModelConfig config, ModuleTree modules, String path) {
    DecoderConfig decoder = config.decoder().orElseThrow();
    List<ProjectionGroup> groups =
        List.of(
            ProjectionGroup.of(modules, "attention", "", path + ".attn.c_attn"),
            ProjectionGroup.of(modules, "attention_output", "", path + ".attn.c_proj"),
            ProjectionGroup.of(modules, "intermediate", "", path + ".mlp.c_fc"),
            ProjectionGroup.of(modules, "output", "", path + ".mlp.c_proj"));
    Map<String, String> tensors = new LinkedHashMap<>();
    Segment.layerNorm(tensors, "attention_norm", path + ".ln_1");
    Segment.layerNorm(tensors, "feed_forward_norm", path + ".ln_2");
    Map<String, String> constants =
        Map.of(
            "hidden", Integer.toString(config.hiddenSize()),
            "head_size", Integer.toString(config.headSize()),
            "mask", "3",
            "scale", Double.toString(decoder.attentionScale()),
            "activation", Activations.operator(config.activation()),
            "approximation", Activations.furtherArguments(config.activation()),
            "epsilon", Double.toString(config.normEpsilon()));
    return new Segment(
        path, "kernels/block/gpt2.torchscript", groups, tensors, constants, Precision.OF_BASE);
  }
}
