package dev.rankwise.models.quantized;

import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import java.util.List;

/**
 * What a weight in four bits looks like, before its numbers are there.
 *
 * @param form code, blocks and scales
 * @param source element type of the weight it was made of, F32, F16 or BF16: what is made of it
 *     again is rounded to that type
 * @param shape dimensions of the weight, as products read it
 */
public record FourBitLayout(FourBit form, ElementType source, List<Long> shape) {

  /** How many block scales share one scale of theirs. */
  public static final int SCALES_OF_A_BLOCK = 256;

  private static final long MOST = 2L * (Integer.MAX_VALUE - 4096);

  public FourBitLayout {
    shape = List.copyOf(shape);
    long size = shape.stream().reduce(1L, Math::multiplyExact);
    if (size < 1 || size > MOST) {
      throw new InternalException("A weight of shape %s has no four bits".formatted(shape));
    }
  }

  /** How many numbers the weight has. */
  public long size() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** How many bytes they take, two to a byte. */
  public int packedBytes() {
    return Math.toIntExact((size() + 1) / 2);
  }

  /** How many blocks; the last one may be short. */
  public int blocks() {
    return Math.toIntExact((size() + form.blockSize() - 1) / form.blockSize());
  }

  /** How many scales the scales have; 0 where they are held as they are. */
  public int scalesOfScales() {
    return form.scaling() == BlockScaling.SINGLE
        ? 0
        : (blocks() + SCALES_OF_A_BLOCK - 1) / SCALES_OF_A_BLOCK;
  }

  /**
   * How many numbers quantised scales are made with: their map, their offset and their own scales;
   * 0 where they are held as they are.
   */
  public int scaleParameters() {
    return scalesOfScales() == 0 ? 0 : DynamicMap.SIZE + 1 + scalesOfScales();
  }

  /** How many bytes a replica holds of the weight. */
  public long heldBytes() {
    long scale = form.scaling() == BlockScaling.SINGLE ? Float.BYTES : 1;
    return (long) blocks() * form.blockSize() / 2
        + blocks() * scale
        + (long) scaleParameters() * Float.BYTES;
  }
}
