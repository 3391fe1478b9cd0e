package dev.rankwise.models.architecture;

import dev.rankwise.models.architecture.Segment.Precision;
import dev.rankwise.models.architecture.Segment.Role;
import dev.rankwise.models.config.Activation;
import dev.rankwise.models.config.DecoderConfig;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.config.Rotary;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.vision.PicturePlaces;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Llama and the decoders that follow it as segments: token table, blocks, last norm, and the output
 * embedding where the configuration has one.
 */
final class LlamaNetwork {
  private static final String QWEN3 = "qwen3";
  private static final String GEMMA2 = "gemma2";

  private final ModelConfig config;
  private final DecoderConfig decoder;
  private final ModuleTree modules;
  private final String root;

  private LlamaNetwork(ModelConfig config, ModuleTree modules) {
    this.config = config;
    this.decoder = config.decoder().orElseThrow();
    this.modules = modules;
    this.root = config.task() == ModelTask.HIDDEN_STATES ? "" : "model.";
  }

  static Network of(ModelConfig config, ModuleTree modules) {
    LlamaNetwork network = new LlamaNetwork(config, modules);
    List<Segment> segments = new ArrayList<>();
    segments.add(config.vision().map(network::seeing).orElseGet(network::embeddings));
    for (int layer = 0; layer < config.layers(); layer++) {
      if (layer < config.vision().map(VisionEmbedding::distilled).orElse(0)) {
        segments.add(network.teacher(layer, config.vision().orElseThrow()));
      }
      segments.add(network.block(layer));
    }
    segments.add(network.lastNorm());
    if (config.task() == ModelTask.HIDDEN_STATES) {
      return new Network(segments, Network.Answer.HIDDEN_STATES);
    }
    segments.add(OutputEmbedding.segment(config, modules));
    return new Network(
        segments,
        Network.Answer.NEXT_TOKEN,
        OutputEmbedding.tied(config, network.root + "embed_tokens"));
  }

  private Segment embeddings() {
    String path = root + "embed_tokens";
    return new Segment(
        path,
        "kernels/embed/tokens.torchscript",
        List.of(ProjectionGroup.of(modules, "tokens", root, "embed_tokens")),
        Map.of(),
        Map.of("scale", text(decoder.embeddingScale())),
        Precision.OF_BASE);
  }

  private Segment seeing(VisionEmbedding vision) {
    String path = "vision_embedding.";
    Map<String, String> tensors = new LinkedHashMap<>();
    tensors.put("norm", path + "patchifier.norm.weight");
    tensors.put("positions", path + "pos_embed");
    return new Segment(
        root + "embed_tokens",
        "kernels/embed/vision.torchscript",
        List.of(
            ProjectionGroup.of(modules, "tokens", root, "embed_tokens"),
            ProjectionGroup.of(modules, "patches", path, "patchifier.proj"),
            ProjectionGroup.of(modules, "out", path, "out_proj")),
        tensors,
        Map.of(
            "scale", text(decoder.embeddingScale()),
            "epsilon", text(vision.normEpsilon()),
            "width", text(vision.width())),
        Precision.OF_BASE,
        Role.SEEING);
  }

  private Segment teacher(int layer, VisionEmbedding vision) {
    String path = "heads." + layer;
    return new Segment(
        path,
        "kernels/beside/teacher.torchscript",
        List.of(ProjectionGroup.of(modules, "head", path + ".", "linear")),
        Map.of("norm", path + ".norm.weight"),
        Map.of(
            "epsilon", text(vision.normEpsilon()), "teacher", text(PicturePlaces.TEACHER + layer)),
        Precision.FLOAT32,
        Role.OBSERVING);
  }

  private Segment block(int layer) {
    String path = root + "layers." + layer;
    return new Segment(
        path,
        switch (config.modelType()) {
          case QWEN3 -> "kernels/block/qwen3.torchscript";
          case GEMMA2 -> "kernels/block/gemma2.torchscript";
          default -> "kernels/block/llama.torchscript";
        },
        groups(path),
        norms(path),
        constants(layer),
        Precision.OF_BASE,
        Role.COMPUTING,
        isLlama() ? "kernels/block/llama_back.torchscript" : "");
  }

  /** Whether its blocks are those that the backward pass by hand is written for. */
  private boolean isLlama() {
    return !Set.of(QWEN3, GEMMA2).contains(config.modelType())
        && config.activation() == Activation.SILU
        && decoder.attentionCap() == 0;
  }

  /** Phi-3 keeps in one weight what others keep side by side; the products are the same. */
  private List<ProjectionGroup> groups(String path) {
    String attention = path + ".self_attn.";
    String feedForward = path + ".mlp.";
    boolean fused = config.modelType().equals("phi3");
    return List.of(
        fused
            ? ProjectionGroup.of(modules, "attention", attention, "qkv_proj")
            : ProjectionGroup.of(modules, "attention", attention, "q_proj", "k_proj", "v_proj"),
        ProjectionGroup.of(modules, "attention_output", attention, "o_proj"),
        fused
            ? ProjectionGroup.of(modules, "gate_up", feedForward, "gate_up_proj")
            : ProjectionGroup.of(modules, "gate_up", feedForward, "gate_proj", "up_proj"),
        ProjectionGroup.of(modules, "down", feedForward, "down_proj"));
  }

  private Map<String, String> norms(String path) {
    Map<String, String> norms = new LinkedHashMap<>();
    norms.put("attention_norm", path + ".input_layernorm.weight");
    switch (config.modelType()) {
      case GEMMA2 -> {
        norms.put("after_attention_norm", path + ".post_attention_layernorm.weight");
        norms.put("feed_forward_norm", path + ".pre_feedforward_layernorm.weight");
        norms.put("after_feed_forward_norm", path + ".post_feedforward_layernorm.weight");
      }
      case QWEN3 -> {
        norms.put("query_norm", path + ".self_attn.q_norm.weight");
        norms.put("key_norm", path + ".self_attn.k_norm.weight");
        norms.put("feed_forward_norm", path + ".post_attention_layernorm.weight");
      }
      default -> norms.put("feed_forward_norm", path + ".post_attention_layernorm.weight");
    }
    return norms;
  }

  private Map<String, String> constants(int layer) {
    Map<String, String> constants = new LinkedHashMap<>();
    constants.put("epsilon", text(config.normEpsilon()));
    constants.put("heads", text(config.heads()));
    constants.put("turned_heads", text(config.heads() + config.keyValueHeads()));
    constants.put("key_value_heads", text(config.keyValueHeads()));
    constants.put("head_size", text(config.headSize()));
    constants.put("rotated", text(decoder.rotary().map(Rotary::size).orElse(0)));
    constants.put("mask", decoder.windows().get(layer) == 0 ? "3" : "4");
    constants.put("scale", text(decoder.attentionScale()));
    constants.put("cap", text(decoder.attentionCap()));
    constants.put("activation", Activations.operator(config.activation()));
    constants.put("approximation", Activations.furtherArguments(config.activation()));
    return constants;
  }

  private Segment lastNorm() {
    String path = root + "norm";
    return new Segment(
        path,
        "kernels/norm/root_mean_square.torchscript",
        List.of(),
        Map.of("weight", path + ".weight"),
        Map.of(
            "norm",
            config.modelType().equals(GEMMA2)
                ? "root_mean_square_norm_from_one"
                : "root_mean_square_norm",
            "epsilon",
            text(config.normEpsilon())),
        Precision.OF_BASE);
  }

  private static String text(int number) {
    return Integer.toString(number);
  }

  private static String text(double number) {
    return Double.toString(number);
  }
}
