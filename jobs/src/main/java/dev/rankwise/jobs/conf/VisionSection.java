package dev.rankwise.jobs.conf;

import dev.rankwise.models.config.VisionEmbedding.Attention;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a decoder learns to see, as far as the recipe says it: what is empty follows from the teacher
 * or the base. Driver only.
 *
 * @param teacher name of a ViT, as a base's; empty for none
 * @param side height and width of a picture in pixels
 * @param patch height and width of a patch in pixels
 * @param width numbers of a patch's vector
 * @param attention what the patches of one picture attend to
 * @param layers blocks that are adapted, from the first on
 */
public record VisionSection(
    Optional<String> teacher,
    OptionalInt side,
    OptionalInt patch,
    OptionalInt width,
    Attention attention,
    OptionalInt layers) {
  /** Side of a picture where neither recipe nor teacher says one: ViT's. */
  public static final int SIDE = 224;

  /** Side of a patch where neither recipe nor teacher says one: ViT's. */
  public static final int PATCH = 16;

  static VisionSection of(RecipeValues values) {
    return new VisionSection(
        values.has("adapter.teacher")
            ? Optional.of(values.text("adapter.teacher"))
            : Optional.empty(),
        values.optionalWhole("adapter.image-side"),
        values.optionalWhole("adapter.image-patch"),
        values.optionalWhole("adapter.image-width"),
        values.constant(Attention.class, "adapter.image-attention"),
        values.optionalWhole("adapter.image-layers"));
  }
}
