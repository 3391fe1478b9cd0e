package dev.rankwise.pipeline.vision;

import dev.rankwise.models.config.VisionEmbedding.Attention;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a decoder is to learn to see, as far as the user says it: what is empty follows from the
 * teacher or the base. Driver only.
 *
 * @param teacher name of a ViT, as a base's; empty for none
 * @param side height and width of a picture in pixels
 * @param patch height and width of a patch in pixels
 * @param width numbers of a patch's vector
 * @param attention what the patches of one picture attend to
 * @param layers blocks that are adapted, from the first on
 */
public record AskedSight(
    Optional<String> teacher,
    OptionalInt side,
    OptionalInt patch,
    OptionalInt width,
    Attention attention,
    OptionalInt layers) {
  /** Side of a picture where neither the user nor a teacher says one: ViT's. */
  public static final int SIDE = 224;

  /** Side of a patch where neither the user nor a teacher says one: ViT's. */
  public static final int PATCH = 16;

  /** Nothing is said: all follows from the base. */
  public static AskedSight unsaid() {
    return new AskedSight(
        Optional.empty(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        Attention.BIDIRECTIONAL,
        OptionalInt.empty());
  }
}
