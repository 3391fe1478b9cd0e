package dev.rankwise.models.config;

/** Modules of llama: pre-norm decoder blocks with grouped key-value heads and a gated product. */
final class LlamaModules {
  private LlamaModules() {}

  static void list(ModelConfig config, ModuleList modules) {
    String prefix = "";
    if (config.task() != ModelTask.HIDDEN_STATES) {
      modules.containers("model");
      prefix = "model.";
    }
    modules.embedding(prefix + "embed_tokens", config.vocabularySize(), config.hiddenSize());
    modules.containers(prefix + "layers");
    for (int i = 0; i < config.layers(); i++) {
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
    int queries = config.heads() * config.headSize();
    int keys = config.keyValueHeads() * config.headSize();
    int intermediate = config.intermediateSize();
    boolean attentionBias = config.attentionBias();
    boolean bias = config.feedForwardBias();
    modules.containers(path, path + ".self_attn");
    modules.linear(path + ".self_attn.q_proj", hidden, queries, attentionBias);
    modules.linear(path + ".self_attn.k_proj", hidden, keys, attentionBias);
    modules.linear(path + ".self_attn.v_proj", hidden, keys, attentionBias);
    modules.linear(path + ".self_attn.o_proj", queries, hidden, attentionBias);
    modules.containers(path + ".mlp");
    modules.linear(path + ".mlp.gate_proj", hidden, intermediate, bias);
    modules.linear(path + ".mlp.up_proj", hidden, intermediate, bias);
    modules.linear(path + ".mlp.down_proj", intermediate, hidden, bias);
    modules.containers(path + ".mlp.act_fn");
    modules.rootMeanSquareNorm(path + ".input_layernorm", hidden);
    modules.rootMeanSquareNorm(path + ".post_attention_layernorm", hidden);
  }
}
