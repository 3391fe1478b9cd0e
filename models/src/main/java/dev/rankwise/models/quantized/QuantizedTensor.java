package dev.rankwise.models.quantized;

import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.format.NarrowFloat;
import java.nio.ByteBuffer;

/**
 * A weight in four bits.
 *
 * @param layout what it looks like
 * @param packed two codes to a byte, the earlier number in the upper half; row-major
 * @param scales the scale of each block
 */
public record QuantizedTensor(FourBitLayout layout, ByteBuffer packed, BlockScales scales) {

  public QuantizedTensor {
    if (packed.remaining() != layout.packedBytes()) {
      throw new InternalException(
          "A weight of shape %s takes %s bytes in four bits, not %s"
              .formatted(layout.shape(), layout.packedBytes(), packed.remaining()));
    }
    packed = packed.slice().asReadOnlyBuffer();
  }

  /** The codes: a view of its own for each caller, read-only. */
  @Override
  public ByteBuffer packed() {
    return packed.duplicate();
  }

  /**
   * The numbers: {@code value[code] · absmax} in float32, rounded to the type that the weight was
   * made of. Row-major.
   */
  public float[] floats() {
    float[] absmax = scales.absmax();
    FourBitCode code = layout.form().code();
    int block = layout.form().blockSize();
    float[] floats = new float[Math.toIntExact(layout.size())];
    for (int i = 0; i < floats.length; i++) {
      int both = packed.get(i >>> 1);
      int nibble = (i & 1) == 0 ? (both >>> 4) & 15 : both & 15;
      floats[i] = NarrowFloat.rounded(layout.source(), code.value(nibble) * absmax[i / block]);
    }
    return floats;
  }
}
