package dev.rankwise.models.config;

import dev.rankwise.models.failure.InternalException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A family of bases: the names of its classes, where its blocks lie, which fields it reads.
 *
 * <p>A new family is one constant here and one {@link ModuleList} writer.
 */
enum ModelFamily {
  BERT("bert", "bert", "BertModel", "BertForSequenceClassification", null) {
    @Override
    ModelConfig read(ConfigFields fields) {
      return encoder(fields, 0);
    }

    @Override
    void list(ModelConfig config, ModuleList modules) {
      EncoderModules.list(config, modules);
    }
  },
  ROBERTA("roberta", "roberta", "RobertaModel", "RobertaForSequenceClassification", null) {
    @Override
    ModelConfig read(ConfigFields fields) {
      return encoder(fields, 1);
    }

    @Override
    void list(ModelConfig config, ModuleList modules) {
      EncoderModules.list(config, modules);
    }
  },
  LLAMA("llama", "model", "LlamaModel", "LlamaForSequenceClassification", "LlamaForCausalLM") {
    @Override
    ModelConfig read(ConfigFields fields) {
      return llama(fields);
    }

    @Override
    void list(ModelConfig config, ModuleList modules) {
      LlamaModules.list(config, modules);
    }
  },
  GPT2("gpt2", "transformer", "GPT2Model", "GPT2ForSequenceClassification", "GPT2LMHeadModel") {
    @Override
    ModelConfig read(ConfigFields fields) {
      return gpt2(fields);
    }

    @Override
    void list(ModelConfig config, ModuleList modules) {
      Gpt2Modules.list(config, modules);
    }
  };

  private static final int MAXIMUM_WIDTH = 1 << 20;
  private static final int MAXIMUM_LAYERS = 1 << 12;
  private static final int MAXIMUM_VOCABULARY = 1 << 24;
  private static final int MAXIMUM_POSITIONS = 1 << 24;
  private static final int MAXIMUM_CLASSES = 1 << 16;

  private final String modelType;
  private final String basePrefix;
  private final String plain;
  private final String classifier;
  private final String causal;

  ModelFamily(String modelType, String basePrefix, String plain, String classifier, String causal) {
    this.modelType = modelType;
    this.basePrefix = basePrefix;
    this.plain = plain;
    this.classifier = classifier;
    this.causal = causal;
  }

  /** Reads the fields of this family. */
  abstract ModelConfig read(ConfigFields fields);

  /** Lists the modules of this family. */
  abstract void list(ModelConfig config, ModuleList modules);

  static Optional<ModelFamily> named(String modelType) {
    return Arrays.stream(values()).filter(f -> f.modelType.equals(modelType)).findFirst();
  }

  static ModelFamily of(ModelConfig config) {
    return named(config.modelType())
        .orElseThrow(() -> new InternalException("No family for " + config.modelType()));
  }

  static String allNames() {
    return Arrays.stream(values()).map(f -> f.modelType).sorted().collect(Collectors.joining(", "));
  }

  /** Name of the module that holds the blocks, where something stands on top of them. */
  String basePrefix() {
    return basePrefix;
  }

  /** Class that PyTorch builds for a task. */
  String architecture(ModelTask task) {
    return switch (task) {
      case HIDDEN_STATES -> plain;
      case SEQUENCE_CLASSIFICATION -> classifier;
      case CAUSAL_LANGUAGE_MODEL -> causal;
      case PRETRAINING -> throw new InternalException("Pre-training heads have several classes");
    };
  }

  private ModelTask task(ConfigFields fields, String architecture) {
    if (architecture.equals(plain)) {
      return ModelTask.HIDDEN_STATES;
    }
    if (architecture.equals(classifier)) {
      return ModelTask.SEQUENCE_CLASSIFICATION;
    }
    if (architecture.equals(causal)) {
      return ModelTask.CAUSAL_LANGUAGE_MODEL;
    }
    if (causal == null
        && (architecture.endsWith("ForMaskedLM") || architecture.endsWith("ForPreTraining"))) {
      return ModelTask.PRETRAINING;
    }
    throw fields.unsupported(
        "architectures",
        architecture,
        "supported are %s, %s and %s"
            .formatted(
                plain, classifier, causal == null ? "pre-training heads of this family" : causal));
  }

  private static List<String> labels(ConfigFields fields, ModelTask task) {
    if (task != ModelTask.SEQUENCE_CLASSIFICATION) {
      return List.of();
    }
    List<String> labels = new ArrayList<>();
    if (fields.has("id2label")) {
      labels.addAll(fields.numberedTexts("id2label"));
    } else {
      int count = fields.integer("num_labels", 1, MAXIMUM_CLASSES, 2);
      for (int i = 0; i < count; i++) {
        labels.add("LABEL_" + i);
      }
    }
    if (labels.isEmpty() || labels.size() > MAXIMUM_CLASSES) {
      throw fields.wrong(
          "id2label", labels.size(), "must hold 1 to " + MAXIMUM_CLASSES + " classes");
    }
    return labels;
  }

  ModelConfig encoder(ConfigFields fields, int defaultPad) {
    fields.requireFlag("is_decoder", false, false);
    fields.requireFlag("add_cross_attention", false, false);
    fields.requireText("position_embedding_type", "absolute");
    String architecture = fields.single("architectures", plain);
    ModelTask task = task(fields, architecture);
    int hidden = fields.integer("hidden_size", 1, MAXIMUM_WIDTH);
    int heads = heads(fields, "num_attention_heads", hidden);
    int vocabulary = fields.integer("vocab_size", 1, MAXIMUM_VOCABULARY);
    return new ModelConfig(
        modelType,
        architecture,
        task,
        hidden,
        fields.integer("num_hidden_layers", 1, MAXIMUM_LAYERS),
        heads,
        heads,
        hidden / heads,
        fields.integer("intermediate_size", 1, MAXIMUM_WIDTH),
        vocabulary,
        fields.integer("max_position_embeddings", 1, MAXIMUM_POSITIONS),
        fields.integer("type_vocab_size", 1, MAXIMUM_WIDTH, 2),
        fields.positive("layer_norm_eps", 1, 1e-12),
        fields.activation("hidden_act", "gelu"),
        fields.integer("pad_token_id", 0, vocabulary - 1, defaultPad),
        fields.positive("initializer_range", 10, 0.02),
        labels(fields, task),
        fields.flag("tie_word_embeddings", true),
        true,
        true);
  }

  ModelConfig llama(ConfigFields fields) {
    String architecture = fields.single("architectures", plain);
    ModelTask task = task(fields, architecture);
    int hidden = fields.integer("hidden_size", 1, MAXIMUM_WIDTH);
    int heads = fields.integer("num_attention_heads", 1, MAXIMUM_WIDTH);
    int keyValueHeads = fields.integer("num_key_value_heads", 1, heads, heads);
    if (heads % keyValueHeads != 0) {
      throw fields.wrong("num_key_value_heads", keyValueHeads, "must divide " + heads + " heads");
    }
    if (!fields.has("head_dim")) {
      heads(fields, "num_attention_heads", hidden);
    }
    int vocabulary = fields.integer("vocab_size", 1, MAXIMUM_VOCABULARY);
    return new ModelConfig(
        modelType,
        architecture,
        task,
        hidden,
        fields.integer("num_hidden_layers", 1, MAXIMUM_LAYERS),
        heads,
        keyValueHeads,
        fields.integer("head_dim", 1, MAXIMUM_WIDTH, hidden / heads),
        fields.integer("intermediate_size", 1, MAXIMUM_WIDTH),
        vocabulary,
        fields.integer("max_position_embeddings", 1, MAXIMUM_POSITIONS, 2048),
        0,
        fields.positive("rms_norm_eps", 1, 1e-6),
        fields.activation("hidden_act", "silu"),
        fields.integer("pad_token_id", -1, vocabulary - 1, -1),
        fields.positive("initializer_range", 10, 0.02),
        labels(fields, task),
        fields.flag("tie_word_embeddings", false),
        fields.flag("attention_bias", false),
        fields.flag("mlp_bias", false));
  }

  ModelConfig gpt2(ConfigFields fields) {
    fields.requireFlag("scale_attn_weights", true, true);
    fields.requireFlag("scale_attn_by_inverse_layer_idx", false, false);
    fields.requireFlag("add_cross_attention", false, false);
    String architecture = fields.single("architectures", plain);
    ModelTask task = task(fields, architecture);
    int hidden = fields.integer("n_embd", 1, MAXIMUM_WIDTH, 768);
    int heads = heads(fields, "n_head", hidden);
    int vocabulary = fields.integer("vocab_size", 1, MAXIMUM_VOCABULARY, 50257);
    return new ModelConfig(
        modelType,
        architecture,
        task,
        hidden,
        fields.integer("n_layer", 1, MAXIMUM_LAYERS, 12),
        heads,
        heads,
        hidden / heads,
        fields.integer("n_inner", 1, MAXIMUM_WIDTH, 4 * hidden),
        vocabulary,
        fields.integer("n_positions", 1, MAXIMUM_POSITIONS, 1024),
        0,
        fields.positive("layer_norm_epsilon", 1, 1e-5),
        fields.activation("activation_function", "gelu_new"),
        fields.integer("pad_token_id", -1, vocabulary - 1, -1),
        fields.positive("initializer_range", 10, 0.02),
        labels(fields, task),
        fields.flag("tie_word_embeddings", true),
        true,
        true);
  }

  private static int heads(ConfigFields fields, String name, int hidden) {
    int heads = fields.integer(name, 1, hidden);
    if (hidden % heads != 0) {
      throw fields.wrong(name, heads, "must divide the width " + hidden);
    }
    return heads;
  }
}
