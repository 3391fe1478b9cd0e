package dev.rankwise.models.quantized;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.NarrowFloat;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import java.nio.ByteBuffer;

/**
 * Turns a weight into four bits, with the bytes that bitsandbytes makes of it.
 *
 * <p>Laid flat, row-major; in each block {@code absmax = max|w|}, and the code of w is the nearest
 * to {@code w · (1 / absmax)}, in float32. Doubly quantised, the absmax less their mean are
 * quantised in blocks of 256 to {@link DynamicMap}. A block of zeros is stored as the code of 0, as
 * its scale is 0.
 *
 * <p>Source: QLoRA (arXiv 2305.14314), section 3.
 */
public final class FourBitQuantizer {
  /** To be counted up with each change of the bytes that are made of a weight. */
  public static final int REVISION = 2;

  private FourBitQuantizer() {}

  /**
   * Quantises a weight.
   *
   * @param name of the weight, for messages
   * @param weight row-major; each number is rounded to the layout's source first
   * @throws CorruptFileException if a number is not finite
   */
  public static QuantizedTensor quantize(String name, float[] weight, FourBitLayout layout) {
    FourBitCode code = layout.form().code();
    int block = layout.form().blockSize();
    byte[] packed = new byte[layout.packedBytes()];
    float[] absmax = new float[layout.blocks()];
    float[] rounded = new float[block];
    for (int b = 0; b < absmax.length; b++) {
      int start = b * block;
      int end = Math.min(weight.length, start + block);
      for (int i = start; i < end; i++) {
        rounded[i - start] = NarrowFloat.rounded(layout.source(), weight[i]);
      }
      absmax[b] = largest(rounded, end - start, name);
      float inverse = absmax[b] == 0 ? 0 : 1 / absmax[b];
      for (int i = start; i < end; i++) {
        int nibble = code.nearest(rounded[i - start] * inverse);
        packed[i >>> 1] |= (byte) ((i & 1) == 0 ? nibble << 4 : nibble);
      }
    }
    if ((weight.length & 1) == 1) {
      packed[packed.length - 1] |= (byte) code.nearest(0);
    }
    BlockScales scales =
        layout.form().scaling() == BlockScaling.SINGLE
            ? new BlockScales.Plain(absmax)
            : nested(absmax);
    return new QuantizedTensor(layout, ByteBuffer.wrap(packed), scales);
  }

  private static float largest(float[] numbers, int size, String name) {
    float largest = 0;
    for (int i = 0; i < size; i++) {
      if (!Float.isFinite(numbers[i])) {
        throw new CorruptFileException(
            "Cannot put weight \"%s\" into four bits: it holds %s, and each number must be finite; use"
                    .formatted(name, numbers[i])
                + " a base without such numbers, or base.dtype float32 if they are too large for"
                + " another type");
      }
      largest = Math.max(largest, Math.abs(numbers[i]));
    }
    return largest;
  }

  private static BlockScales nested(float[] absmax) {
    float offset = TorchSum.of(absmax) / absmax.length;
    int block = FourBitLayout.SCALES_OF_A_BLOCK;
    byte[] codes = new byte[absmax.length];
    float[] nested = new float[(absmax.length + block - 1) / block];
    for (int n = 0; n < nested.length; n++) {
      int end = Math.min(absmax.length, (n + 1) * block);
      for (int b = n * block; b < end; b++) {
        nested[n] = Math.max(nested[n], Math.abs(absmax[b] - offset));
      }
      // As bitsandbytes has it: a quotient may be another float32.
      float inverse = 1 / nested[n];
      for (int b = n * block; b < end; b++) {
        // Where all are the mean, any code gives it back; bitsandbytes writes 0.
        codes[b] = (byte) (nested[n] == 0 ? 0 : DynamicMap.nearest((absmax[b] - offset) * inverse));
      }
    }
    return new BlockScales.Nested(codes, DynamicMap.standard(), nested, offset);
  }
}
