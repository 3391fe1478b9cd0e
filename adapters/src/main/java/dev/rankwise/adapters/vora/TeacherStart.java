package dev.rankwise.adapters.vora;

import dev.rankwise.adapters.spec.ParameterLayout;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.failure.InternalException;
import java.util.Arrays;

/**
 * Where the embedding of patches starts that learns beside a teacher: at the teacher's patch
 * convolution and positions, without that of its class token. A ViT has no norm between the two, so
 * the norm starts at ones.
 *
 * <p>Source: VoRA (arXiv 2503.20680), whose embedding starts from its teacher's.
 */
public final class TeacherStart {
  private static final String CONVOLUTION = "embeddings.patch_embeddings.projection.";
  private static final String POSITIONS = "embeddings.position_embeddings";
  private static final String OURS = "vision_embedding.";

  private TeacherStart() {}

  /**
   * Puts the teacher's numbers in their place.
   *
   * @param values the parameters of an adapter by which a decoder sees
   * @param layout their layout
   * @param teacher weights of a ViT whose width, side and patches are the embedding's
   */
  public static void put(float[] values, ParameterLayout layout, BaseWeights teacher) {
    for (String tensor : new String[] {"weight", "bias"}) {
      float[] own = floats(teacher, CONVOLUTION + tensor);
      put(values, layout, "patchifier.proj." + tensor, own);
    }
    float[] positions = floats(teacher, POSITIONS);
    int width = floats(teacher, CONVOLUTION + "bias").length;
    put(values, layout, "pos_embed", Arrays.copyOfRange(positions, width, positions.length));
  }

  /** A classifier's weights have the base's name before theirs. */
  private static float[] floats(BaseWeights teacher, String name) {
    return teacher.floats(teacher.has(name) ? name : "vit." + name);
  }

  private static void put(float[] values, ParameterLayout layout, String name, float[] own) {
    int size =
        layout.tensors().stream()
            .filter(tensor -> tensor.name().equals(OURS + name))
            .mapToInt(tensor -> tensor.size())
            .findFirst()
            .orElse(0);
    if (size != own.length) {
      throw new InternalException(
          "%s%s has %s numbers, and its teacher %s".formatted(OURS, name, size, own.length));
    }
    System.arraycopy(own, 0, values, layout.offsetOf(OURS + name), size);
  }
}
