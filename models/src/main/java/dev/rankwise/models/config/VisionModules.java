package dev.rankwise.models.config;

/**
 * Modules of a decoder that sees, beside the decoder's own. They stand where they are computed, so
 * that what is trained of a segment lies together.
 */
final class VisionModules {
  /** Module of the vision embedding. */
  static final String EMBEDDING = "vision_embedding";

  /** Module of the heads that are compared with a teacher. */
  static final String HEADS = "heads";

  private VisionModules() {}

  /** Those before the first block. */
  static void embedding(ModelConfig config, ModuleList modules) {
    config
        .vision()
        .ifPresent(
            vision -> {
              modules.containers(EMBEDDING);
              int positions = vision.images().patches();
              modules.parameter(EMBEDDING, "pos_embed", 1, positions, vision.width());
              modules.containers(EMBEDDING + ".patchifier");
              modules.patchConvolution(
                  EMBEDDING + ".patchifier.proj", vision.images(), vision.width());
              modules.rootMeanSquareNorm(EMBEDDING + ".patchifier.norm", vision.width());
              modules.linear(EMBEDDING + ".out_proj", vision.width(), config.hiddenSize(), false);
            });
  }

  /** Those before one block. */
  static void head(ModelConfig config, int block, ModuleList modules) {
    if (block >= config.vision().map(VisionEmbedding::distilled).orElse(0)) {
      return;
    }
    String path = HEADS + "." + block;
    modules.containers(path);
    modules.rootMeanSquareNorm(path + ".norm", config.hiddenSize());
    modules.linear(
        path + ".linear", config.hiddenSize(), config.vision().orElseThrow().width(), false);
  }
}
