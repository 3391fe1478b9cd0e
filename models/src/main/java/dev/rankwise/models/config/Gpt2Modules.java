package dev.rankwise.models.config;

/** Modules of GPT-2: pre-norm decoder blocks whose weights are stored (in, out). */
final class Gpt2Modules {
  private Gpt2Modules() {}

  static void list(ModelConfig config, ModuleList modules) {
    String prefix = "";
    if (config.task() != ModelTask.HIDDEN_STATES) {
      modules.containers("transformer");
      prefix = "transformer.";
    }
    modules.embedding(prefix + "wte", config.vocabularySize(), config.hiddenSize());
    modules.embedding(prefix + "wpe", config.maximumPositions(), config.hiddenSize());
    modules.containers(prefix + "drop", prefix + "h");
    for (int i = 0; i < config.layers(); i++) {
      block(config, modules, prefix + "h." + i);
    }
    modules.layerNorm(prefix + "ln_f", config.hiddenSize());
    if (config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL) {
      modules.linear("lm_head", config.hiddenSize(), config.vocabularySize(), false);
    } else if (config.task() == ModelTask.SEQUENCE_CLASSIFICATION) {
      modules.linear("score", config.hiddenSize(), config.labels().size(), false);
    }
  }

  private static void block(ModelConfig config, ModuleList modules, String path) {
    int hidden = config.hiddenSize();
    modules.containers(path);
    modules.layerNorm(path + ".ln_1", hidden);
    modules.containers(path + ".attn");
    modules.conv1d(path + ".attn.c_attn", hidden, 3 * hidden);
    modules.conv1d(path + ".attn.c_proj", hidden, hidden);
    modules.containers(path + ".attn.attn_dropout", path + ".attn.resid_dropout");
    modules.layerNorm(path + ".ln_2", hidden);
    modules.containers(path + ".mlp");
    modules.conv1d(path + ".mlp.c_fc", hidden, config.intermediateSize());
    modules.conv1d(path + ".mlp.c_proj", config.intermediateSize(), hidden);
    modules.containers(path + ".mlp.act", path + ".mlp.dropout");
  }
}
