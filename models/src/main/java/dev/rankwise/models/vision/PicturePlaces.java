package dev.rankwise.models.vision;

import dev.rankwise.models.config.VisionEmbedding;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the segments of a decoder that look at pictures read of a micro-batch.
 *
 * <table>
 * <caption>The list {@code places}; M patches of all pictures, P numbers of a patch, V numbers of a
 * teacher's feature</caption>
 * <tr><th>index</th><th>shape</th><th>meaning</th></tr>
 * <tr><td>0</td><td>(M, P)</td><td>the patches</td></tr>
 * <tr><td>1</td><td>(M)</td><td>the row that each patch is</td></tr>
 * <tr><td>2</td><td>(M, 4)</td><td>learned positions that a patch's position is made of</td></tr>
 * <tr><td>3</td><td>(M, 4)</td><td>weights of these</td></tr>
 * <tr><td>4 + j</td><td>(M, V)</td><td>the teacher's features for the input of block j</td></tr>
 * </table>
 *
 * @param patches index 0, row-major
 * @param rows index 1
 * @param corners index 2, row-major
 * @param shares index 3, row-major
 * @param teacher indices from 4 on, row-major each
 */
public record PicturePlaces(
    float[] patches, int[] rows, int[] corners, float[] shares, List<float[]> teacher) {
  /** Index of the teacher's features for the input of the first block. */
  public static final int TEACHER = 4;

  /** Learned positions that a patch's position is made of. */
  public static final int CORNERS = PositionCorners.CORNERS;

  public PicturePlaces {
    teacher = List.copyOf(teacher);
  }

  /** Those of a micro-batch; without pictures all are empty. */
  public static PicturePlaces of(ImagePatches images, VisionEmbedding vision) {
    PositionCorners corners = PositionCorners.of(images.grids(), vision.images().patchesPerSide());
    float[] none = new float[0];
    List<float[]> teacher =
        IntStream.range(0, vision.distilled())
            .mapToObj(block -> images.teacher().isEmpty() ? none : images.teacher().get(block))
            .toList();
    return new PicturePlaces(
        images.numbers(), images.tokens(), corners.indices(), corners.weights(), teacher);
  }
}
