package dev.rankwise.models.config;

/** Modules of BERT and RoBERTa: post-norm encoder blocks with biases everywhere. */
final class EncoderModules {
  private EncoderModules() {}

  static void list(ModelConfig config, ModuleList modules) {
    boolean classifies = config.task() == ModelTask.SEQUENCE_CLASSIFICATION;
    String prefix = "";
    if (classifies) {
      modules.containers(ModelFamily.of(config).basePrefix());
      prefix = ModelFamily.of(config).basePrefix() + ".";
    }
    embeddings(config, modules, prefix + "embeddings");
    modules.containers(prefix + "encoder", prefix + "encoder.layer");
    for (int i = 0; i < config.layers(); i++) {
      block(config, modules, prefix + "encoder.layer." + i);
    }
    boolean bert = ModelFamily.of(config) == ModelFamily.BERT;
    // RobertaForSequenceClassification has a deeper head and builds its encoder without a pooler.
    if (bert || !classifies) {
      modules.containers(prefix + "pooler");
      modules.biasedLinear(prefix + "pooler.dense", config.hiddenSize(), config.hiddenSize());
      modules.containers(prefix + "pooler.activation");
    }
    if (classifies && bert) {
      modules.containers("dropout");
      modules.biasedLinear("classifier", config.hiddenSize(), config.labels().size());
    } else if (classifies) {
      modules.containers("classifier");
      modules.biasedLinear("classifier.dense", config.hiddenSize(), config.hiddenSize());
      modules.containers("classifier.dropout");
      modules.biasedLinear("classifier.out_proj", config.hiddenSize(), config.labels().size());
    }
  }

  private static void embeddings(ModelConfig config, ModuleList modules, String path) {
    int hidden = config.hiddenSize();
    modules.containers(path);
    modules.embedding(path + ".word_embeddings", config.vocabularySize(), hidden);
    modules.embedding(path + ".position_embeddings", config.maximumPositions(), hidden);
    modules.embedding(path + ".token_type_embeddings", config.typeVocabularySize(), hidden);
    modules.layerNorm(path + ".LayerNorm", hidden);
    modules.containers(path + ".dropout");
  }

  private static void block(ModelConfig config, ModuleList modules, String path) {
    int hidden = config.hiddenSize();
    int intermediate = config.intermediateSize();
    modules.containers(path, path + ".attention", path + ".attention.self");
    modules.biasedLinear(path + ".attention.self.query", hidden, hidden);
    modules.biasedLinear(path + ".attention.self.key", hidden, hidden);
    modules.biasedLinear(path + ".attention.self.value", hidden, hidden);
    modules.containers(path + ".attention.self.dropout");
    output(modules, path + ".attention.output", hidden, hidden);
    modules.containers(path + ".intermediate");
    modules.biasedLinear(path + ".intermediate.dense", hidden, intermediate);
    modules.containers(path + ".intermediate.intermediate_act_fn");
    output(modules, path + ".output", intermediate, hidden);
  }

  private static void output(ModuleList modules, String path, int in, int out) {
    modules.containers(path);
    modules.biasedLinear(path + ".dense", in, out);
    modules.layerNorm(path + ".LayerNorm", out);
    modules.containers(path + ".dropout");
  }
}
