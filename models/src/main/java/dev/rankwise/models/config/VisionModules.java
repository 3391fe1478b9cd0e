package dev.rankwise.models.config;

import java.util.regex.Pattern;

/**
 * Modules of a decoder that sees, beside the decoder's own. They stand where they are computed, so
 * that what is trained of a segment lies together.
 */
final class VisionModules {
  /** Module of the vision embedding. */
  private static final String EMBEDDING = "vision_embedding";

  /** Module of the heads that are compared with a teacher. */
  private static final String HEADS = "heads";

  private static final Pattern OUTERMOST = Pattern.compile(EMBEDDING + "|" + HEADS + "\\.\\d+");
  private static final Pattern INSIDE = Pattern.compile("(" + OUTERMOST + ")\\..*");

  private VisionModules() {}

  /** Whether a path is that of one of them that lies in no other. */
  static boolean isOutermost(String path) {
    return OUTERMOST.matcher(path).matches();
  }

  /** Whether a module or a tensor lies in one of them. */
  static boolean hold(String name) {
    return INSIDE.matcher(name).matches();
  }

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
