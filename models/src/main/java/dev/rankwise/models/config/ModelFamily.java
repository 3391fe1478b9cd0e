package dev.rankwise.models.config;

import dev.rankwise.models.failure.InternalException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A family of bases: the names of its classes, where its blocks lie, which fields it reads.
 *
 * <p>A new family is one constant here and one {@link ModuleList} writer.
 */
enum ModelFamily {
  BERT(
      "bert",
      "bert",
      "BertModel",
      "BertForSequenceClassification",
      null,
      fields -> encoder("bert", fields, 0),
      EncoderModules::list),
  ROBERTA(
      "roberta",
      "roberta",
      "RobertaModel",
      "RobertaForSequenceClassification",
      null,
      fields -> encoder("roberta", fields, 1),
      EncoderModules::list),
  LLAMA("llama", "Llama", DecoderFields::llama),
  MISTRAL("mistral", "Mistral", DecoderFields::mistral),
  QWEN2("qwen2", "Qwen2", DecoderFields::qwen2),
  QWEN3("qwen3", "Qwen3", DecoderFields::qwen3),
  PHI3("phi3", "Phi3", DecoderFields::phi3),
  GEMMA2("gemma2", "Gemma2", DecoderFields::gemma2),
  GPT2(
      "gpt2",
      "transformer",
      "GPT2Model",
      "GPT2ForSequenceClassification",
      "GPT2LMHeadModel",
      DecoderFields::gpt2,
      Gpt2Modules::list),
  VIT(
      "vit",
      "vit",
      "ViTModel",
      "ViTForImageClassification",
      null,
      VitFields::read,
      VitModules::list);

  static final int MAXIMUM_WIDTH = 1 << 20;
  static final int MAXIMUM_LAYERS = 1 << 12;
  static final int MAXIMUM_VOCABULARY = 1 << 24;
  static final int MAXIMUM_POSITIONS = 1 << 24;
  private static final int MAXIMUM_CLASSES = 1 << 16;

  private final String modelType;
  private final String basePrefix;
  private final String plain;
  private final String classifier;
  private final String causal;
  private final Function<ConfigFields, ModelConfig> reader;
  private final BiConsumer<ModelConfig, ModuleList> lister;

  ModelFamily(
      String modelType,
      String basePrefix,
      String plain,
      String classifier,
      String causal,
      Function<ConfigFields, ModelConfig> reader,
      BiConsumer<ModelConfig, ModuleList> lister) {
    this.modelType = modelType;
    this.basePrefix = basePrefix;
    this.plain = plain;
    this.classifier = classifier;
    this.causal = causal;
    this.reader = reader;
    this.lister = lister;
  }

  /** A family whose modules have llama's names. */
  ModelFamily(String modelType, String className, Function<ConfigFields, ModelConfig> reader) {
    this(
        modelType,
        "model",
        className + "Model",
        className + "ForSequenceClassification",
        className + "ForCausalLM",
        reader,
        LlamaModules::list);
  }

  /** Reads the fields of this family. */
  ModelConfig read(ConfigFields fields) {
    return reader.apply(fields);
  }

  /** Whether its modules have llama's names. */
  boolean isLikeLlama() {
    return basePrefix.equals("model");
  }

  /** Lists the modules of this family. */
  void list(ModelConfig config, ModuleList modules) {
    lister.accept(config, modules);
  }

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

  /** What {@code architectures} names; the plain model where it names nothing. */
  String architecture(ConfigFields fields) {
    return fields.single("architectures", plain);
  }

  ModelTask task(ConfigFields fields, String architecture) {
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

  static List<String> labels(ConfigFields fields, ModelTask task) {
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

  private static ModelConfig encoder(String modelType, ConfigFields fields, int defaultPad) {
    ModelFamily family = named(modelType).orElseThrow();
    fields.requireFlag("is_decoder", false, false);
    fields.requireFlag("add_cross_attention", false, false);
    fields.requireText("position_embedding_type", "absolute");
    String architecture = family.architecture(fields);
    ModelTask task = family.task(fields, architecture);
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
        true,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  static int heads(ConfigFields fields, String name, int hidden) {
    return divisor(fields, name, fields.integer(name, 1, hidden), hidden);
  }

  static int heads(ConfigFields fields, String name, int hidden, int otherwise) {
    return divisor(fields, name, fields.integer(name, 1, hidden, otherwise), hidden);
  }

  private static int divisor(ConfigFields fields, String name, int heads, int hidden) {
    if (hidden % heads != 0) {
      throw fields.wrong(name, heads, "must divide the width " + hidden);
    }
    return heads;
  }
}
