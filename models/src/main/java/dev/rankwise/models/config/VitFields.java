package dev.rankwise.models.config;

import java.util.Optional;

/** Reads a ViT's configuration. */
final class VitFields {
  private static final int MAXIMUM_SIDE = 1 << 14;
  private static final int MAXIMUM_CHANNELS = 64;

  private VitFields() {}

  static ModelConfig read(ConfigFields fields) {
    ModelFamily family = ModelFamily.VIT;
    String architecture = family.architecture(fields);
    ModelTask task = family.task(fields, architecture);
    int hidden = fields.integer("hidden_size", 1, ModelFamily.MAXIMUM_WIDTH, 768);
    int heads = ModelFamily.heads(fields, "num_attention_heads", hidden, 12);
    ImageShape images = images(fields);
    return new ModelConfig(
        "vit",
        architecture,
        task,
        hidden,
        fields.integer("num_hidden_layers", 1, ModelFamily.MAXIMUM_LAYERS, 12),
        heads,
        heads,
        hidden / heads,
        fields.integer("intermediate_size", 1, ModelFamily.MAXIMUM_WIDTH, 3072),
        0,
        images.patches() + 1,
        0,
        fields.positive("layer_norm_eps", 1, 1e-12),
        fields.activation("hidden_act", "gelu"),
        -1,
        fields.positive("initializer_range", 10, 0.02),
        ModelFamily.labels(fields, task),
        false,
        fields.flag("qkv_bias", true),
        true,
        Optional.empty(),
        Optional.of(images),
        Optional.empty());
  }

  private static ImageShape images(ConfigFields fields) {
    int side = fields.integer("image_size", 1, MAXIMUM_SIDE, 224);
    int patch = fields.integer("patch_size", 1, side, 16);
    if (side % patch != 0) {
      throw fields.wrong("image_size", side, "must be a multiple of patch_size " + patch);
    }
    return new ImageShape(side, patch, fields.integer("num_channels", 1, MAXIMUM_CHANNELS, 3));
  }
}
