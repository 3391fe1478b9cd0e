package dev.rankwise.models.config;

/**
 * Modules of llama and the families that follow it: pre-norm decoder blocks with grouped key-value
 * heads and a gated product.
 */
final class LlamaModules {
  private LlamaModules() {}

  static void list(ModelConfig config, ModuleList modules) {
    VisionModules.embedding(config, modules);
    String prefix = "";
    if (config.task() != ModelTask.HIDDEN_STATES) {
      modules.containers("model");
      prefix = "model.";
    }
    modules.embedding(prefix + "embed_tokens", config.vocabularySize(), config.hiddenSize());
    modules.containers(prefix + "layers");
    for (int i = 0; i < config.layers(); i++) {
      VisionModules.head(config, i, modules);
      block(config, modules, prefix + "layers." + i);
    }
    modules.rootMeanSquareNorm(prefix + "norm", config.hiddenSize());
    modules.containers(prefix + "rotary_emb");
    if (config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL) {
      modules.linear("lm_head", config.hiddenSize(), config.vocabularySize(), false);
    } else if (config.task() == ModelTask.SEQUENCE_CLASSIFICATION) {
      modules.linear("score", config.hiddenSize(), config.labels().size(), false);
    }
  }

  private static void block(ModelConfig config, ModuleList modules, String path) {
    int hidden = config.hiddenSize();
    modules.containers(path, path + ".self_attn");
    attention(config, modules, path + ".self_attn.");
    modules.containers(path + ".mlp");
    feedForward(config, modules, path + ".mlp.");
    modules.rootMeanSquareNorm(path + ".input_layernorm", hidden);
    modules.rootMeanSquareNorm(path + ".post_attention_layernorm", hidden);
    switch (ModelFamily.of(config)) {
      case PHI3 -> modules.containers(path + ".resid_attn_dropout", path + ".resid_mlp_dropout");
      case GEMMA2 -> {
        modules.rootMeanSquareNorm(path + ".pre_feedforward_layernorm", hidden);
        modules.rootMeanSquareNorm(path + ".post_feedforward_layernorm", hidden);
      }
      default -> {
        // Two norms a block.
      }
    }
  }

  private static void attention(ModelConfig config, ModuleList modules, String path) {
    int hidden = config.hiddenSize();
    int queries = config.heads() * config.headSize();
    int keys = config.keyValueHeads() * config.headSize();
    boolean bias = config.attentionBias();
    ModelFamily family = ModelFamily.of(config);
    if (family == ModelFamily.PHI3) {
      modules.linear(path + "o_proj", queries, hidden, bias);
      modules.linear(path + "qkv_proj", hidden, queries + 2 * keys, bias);
      return;
    }
    modules.linear(path + "q_proj", hidden, queries, bias);
    modules.linear(path + "k_proj", hidden, keys, bias);
    modules.linear(path + "v_proj", hidden, keys, bias);
    modules.linear(path + "o_proj", queries, hidden, bias && family != ModelFamily.QWEN2);
    if (family == ModelFamily.QWEN3) {
      modules.rootMeanSquareNorm(path + "q_norm", config.headSize());
      modules.rootMeanSquareNorm(path + "k_norm", config.headSize());
    }
  }

  private static void feedForward(ModelConfig config, ModuleList modules, String path) {
    int hidden = config.hiddenSize();
    int intermediate = config.intermediateSize();
    boolean bias = config.feedForwardBias();
    if (ModelFamily.of(config) == ModelFamily.PHI3) {
      modules.linear(path + "gate_up_proj", hidden, 2 * intermediate, bias);
      modules.linear(path + "down_proj", intermediate, hidden, bias);
      modules.containers(path + "activation_fn");
      return;
    }
    modules.linear(path + "gate_proj", hidden, intermediate, bias);
    modules.linear(path + "up_proj", hidden, intermediate, bias);
    modules.linear(path + "down_proj", intermediate, hidden, bias);
    modules.containers(path + "act_fn");
  }
}
