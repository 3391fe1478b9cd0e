package dev.rankwise.models.config;

import static dev.rankwise.models.config.ModelFamily.MAXIMUM_LAYERS;
import static dev.rankwise.models.config.ModelFamily.MAXIMUM_POSITIONS;
import static dev.rankwise.models.config.ModelFamily.MAXIMUM_VOCABULARY;
import static dev.rankwise.models.config.ModelFamily.MAXIMUM_WIDTH;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Reads the configurations of causal decoders. Where a family leaves a field out, its default in
 * transformers holds.
 */
final class DecoderFields {
  private static final double MAXIMUM_CAP = 1e6;

  private final ConfigFields fields;
  private final ModelFamily family;
  private final int hidden;
  private final int layers;
  private final int heads;

  private DecoderFields(ModelFamily family, ConfigFields fields) {
    this.fields = fields;
    this.family = family;
    this.hidden = fields.integer("hidden_size", 1, MAXIMUM_WIDTH);
    this.layers = fields.integer("num_hidden_layers", 1, MAXIMUM_LAYERS);
    this.heads = fields.integer("num_attention_heads", 1, MAXIMUM_WIDTH);
  }

  /** What the llama-like families do not share. */
  private record Variant(
      int keyValueHeads,
      int headSize,
      int maximumPositions,
      double normEpsilon,
      Activation activation,
      boolean tied,
      boolean attentionBias,
      boolean feedForwardBias,
      DecoderConfig decoder) {}

  static ModelConfig llama(ConfigFields fields) {
    DecoderFields it = new DecoderFields(ModelFamily.LLAMA, fields);
    int headSize = it.headSize();
    int positions = it.positions(2048);
    return it.config(
        new Variant(
            it.keyValueHeads(it.heads),
            headSize,
            positions,
            fields.positive("rms_norm_eps", 1, 1e-6),
            fields.activation("hidden_act", "silu"),
            fields.flag("tie_word_embeddings", false),
            fields.flag("attention_bias", false),
            fields.flag("mlp_bias", false),
            it.plain(headSize, positions, it.everywhere(0))));
  }

  static ModelConfig mistral(ConfigFields fields) {
    DecoderFields it = new DecoderFields(ModelFamily.MISTRAL, fields);
    int headSize = it.headSize();
    int positions = it.positions(131072);
    return it.config(
        new Variant(
            it.keyValueHeads(8),
            headSize,
            positions,
            fields.positive("rms_norm_eps", 1, 1e-6),
            fields.activation("hidden_act", "silu"),
            fields.flag("tie_word_embeddings", false),
            false,
            false,
            it.plain(headSize, positions, it.everywhere(it.window(4096)))));
  }

  static ModelConfig qwen2(ConfigFields fields) {
    DecoderFields it = new DecoderFields(ModelFamily.QWEN2, fields);
    return it.qwen(it.headSize(), true);
  }

  static ModelConfig qwen3(ConfigFields fields) {
    DecoderFields it = new DecoderFields(ModelFamily.QWEN3, fields);
    return it.qwen(
        fields.integer("head_dim", 1, MAXIMUM_WIDTH, 128), fields.flag("attention_bias", false));
  }

  private ModelConfig qwen(int headSize, boolean attentionBias) {
    int positions = positions(32768);
    int window = fields.flag("use_sliding_window", false) ? window(4096) : 0;
    int full = fields.integer("max_window_layers", 0, MAXIMUM_LAYERS, 28);
    List<Integer> windows = window == 0 ? everywhere(0) : windows(window, layer -> layer >= full);
    return config(
        new Variant(
            keyValueHeads(32),
            headSize,
            positions,
            fields.positive("rms_norm_eps", 1, 1e-6),
            fields.activation("hidden_act", "silu"),
            fields.flag("tie_word_embeddings", false),
            attentionBias,
            false,
            plain(headSize, positions, windows)));
  }

  static ModelConfig phi3(ConfigFields fields) {
    DecoderFields it = new DecoderFields(ModelFamily.PHI3, fields);
    int headSize = it.headSize();
    int positions = it.positions(4096);
    return it.config(
        new Variant(
            it.keyValueHeads(it.heads),
            headSize,
            positions,
            fields.positive("rms_norm_eps", 1, 1e-5),
            fields.activation("hidden_act", "silu"),
            fields.flag("tie_word_embeddings", false),
            false,
            false,
            it.plain(headSize, positions, it.everywhere(it.window(0)))));
  }

  static ModelConfig gemma2(ConfigFields fields) {
    DecoderFields it = new DecoderFields(ModelFamily.GEMMA2, fields);
    fields.requireFlag("use_bidirectional_attention", false, false);
    int headSize = fields.integer("head_dim", 1, MAXIMUM_WIDTH, 256);
    int positions = it.positions(8192);
    double scalar = fields.positive("query_pre_attn_scalar", MAXIMUM_WIDTH, 256);
    DecoderConfig decoder =
        new DecoderConfig(
            Optional.of(it.rotary(headSize, positions)),
            it.windows(it.window(4096), layer -> layer % 2 == 0),
            1 / Math.sqrt(scalar),
            it.cap("attn_logit_softcapping", 50),
            it.cap("final_logit_softcapping", 30),
            Math.sqrt(it.hidden));
    return it.config(
        new Variant(
            it.keyValueHeads(4),
            headSize,
            positions,
            fields.positive("rms_norm_eps", 1, 1e-6),
            fields.activation("hidden_activation", "gelu_pytorch_tanh"),
            fields.flag("tie_word_embeddings", true),
            fields.flag("attention_bias", false),
            false,
            decoder));
  }

  static ModelConfig gpt2(ConfigFields fields) {
    fields.requireFlag("scale_attn_by_inverse_layer_idx", false, false);
    fields.requireFlag("add_cross_attention", false, false);
    ModelFamily family = ModelFamily.GPT2;
    String architecture = family.architecture(fields);
    ModelTask task = family.task(fields, architecture);
    int hidden = fields.integer("n_embd", 1, MAXIMUM_WIDTH, 768);
    int heads = ModelFamily.heads(fields, "n_head", hidden);
    int headSize = hidden / heads;
    int layers = fields.integer("n_layer", 1, MAXIMUM_LAYERS, 12);
    int vocabulary = fields.integer("vocab_size", 1, MAXIMUM_VOCABULARY, 50257);
    boolean scaled = fields.flag("scale_attn_weights", true);
    return new ModelConfig(
        "gpt2",
        architecture,
        task,
        hidden,
        layers,
        heads,
        heads,
        headSize,
        fields.integer("n_inner", 1, MAXIMUM_WIDTH, 4 * hidden),
        vocabulary,
        fields.integer("n_positions", 1, MAXIMUM_POSITIONS, 1024),
        0,
        fields.positive("layer_norm_epsilon", 1, 1e-5),
        fields.activation("activation_function", "gelu_new"),
        fields.integer("pad_token_id", -1, vocabulary - 1, -1),
        fields.positive("initializer_range", 10, 0.02),
        ModelFamily.labels(fields, task),
        fields.flag("tie_word_embeddings", true),
        true,
        true,
        Optional.of(
            new DecoderConfig(
                Optional.empty(),
                Collections.nCopies(layers, 0),
                scaled ? 1 / Math.sqrt(headSize) : 1,
                0,
                0,
                1)),
        Optional.empty(),
        Optional.empty());
  }

  private ModelConfig config(Variant variant) {
    String architecture = family.architecture(fields);
    ModelTask task = family.task(fields, architecture);
    int vocabulary = fields.integer("vocab_size", 1, MAXIMUM_VOCABULARY);
    return new ModelConfig(
        fields.text("model_type"),
        architecture,
        task,
        hidden,
        layers,
        heads,
        variant.keyValueHeads(),
        variant.headSize(),
        fields.integer("intermediate_size", 1, MAXIMUM_WIDTH),
        vocabulary,
        variant.maximumPositions(),
        0,
        variant.normEpsilon(),
        variant.activation(),
        fields.integer("pad_token_id", -1, vocabulary - 1, -1),
        fields.positive("initializer_range", 10, 0.02),
        ModelFamily.labels(fields, task),
        variant.tied(),
        variant.attentionBias(),
        variant.feedForwardBias(),
        Optional.of(variant.decoder()),
        Optional.empty(),
        Optional.empty());
  }

  private DecoderConfig plain(int headSize, int positions, List<Integer> windows) {
    return new DecoderConfig(
        Optional.of(rotary(headSize, positions)), windows, 1 / Math.sqrt(headSize), 0, 0, 1);
  }

  private Rotary rotary(int headSize, int positions) {
    return RotaryFields.read(fields, headSize, positions);
  }

  private int positions(int otherwise) {
    return fields.integer("max_position_embeddings", 1, MAXIMUM_POSITIONS, otherwise);
  }

  private int headSize() {
    if (fields.has("head_dim")) {
      return fields.integer("head_dim", 1, MAXIMUM_WIDTH);
    }
    return hidden / ModelFamily.heads(fields, "num_attention_heads", hidden);
  }

  private int keyValueHeads(int otherwise) {
    // Null stands for as many as there are query heads, in every family.
    int keyValueHeads =
        fields.mentions("num_key_value_heads")
            ? fields.integer("num_key_value_heads", 1, heads, heads)
            : otherwise;
    if (heads % keyValueHeads != 0) {
      throw fields.wrong("num_key_value_heads", keyValueHeads, "must divide " + heads + " heads");
    }
    return keyValueHeads;
  }

  /** The sliding window; 0 where there is none. */
  private int window(int otherwise) {
    return fields.mentions("sliding_window")
        ? fields.integer("sliding_window", 1, MAXIMUM_POSITIONS, 0)
        : otherwise;
  }

  private List<Integer> everywhere(int window) {
    return Collections.nCopies(layers, window);
  }

  /** The windows by {@code layer_types}; where that is missing, on the layers that are named. */
  private List<Integer> windows(int window, IntPredicate slides) {
    if (!fields.has("layer_types")) {
      return IntStream.range(0, layers).map(i -> slides.test(i) ? window : 0).boxed().toList();
    }
    List<Integer> windows = new ArrayList<>();
    for (String type : fields.texts("layer_types", layers)) {
      switch (type) {
        case "full_attention" -> windows.add(0);
        case "sliding_attention" -> windows.add(window);
        default ->
            throw fields.unsupported(
                "layer_types", type, "supported are full_attention, sliding_attention");
      }
    }
    return windows;
  }

  /** A bound of scores: null turns it off. */
  private double cap(String name, double otherwise) {
    return fields.mentions(name) ? fields.positive(name, MAXIMUM_CAP, 0) : otherwise;
  }
}
