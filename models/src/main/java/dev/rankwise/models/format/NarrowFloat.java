package dev.rankwise.models.format;

import java.nio.ByteBuffer;
import java.nio.ShortBuffer;
import java.util.EnumSet;
import java.util.Set;

/** Widens the two 16-bit float formats to {@code float}; both are exact for every bit pattern. */
final class NarrowFloat {
  private static final float SMALLEST_HALF = 0x1p-24f;
  private static final int EXPONENT_SHIFT = 127 - 15;

  /** The types that {@link #widened} reads. */
  static final Set<ElementType> FLOATS =
      EnumSet.of(ElementType.F32, ElementType.F16, ElementType.BF16);

  private NarrowFloat() {}

  /**
   * Elements as floats.
   *
   * @param type one of {@link #FLOATS}
   * @param bytes the elements, little-endian
   * @param size how many
   */
  static float[] widened(ElementType type, ByteBuffer bytes, int size) {
    float[] values = new float[size];
    if (type == ElementType.F32) {
      bytes.asFloatBuffer().get(values);
      return values;
    }
    ShortBuffer narrow = bytes.asShortBuffer();
    for (int i = 0; i < size; i++) {
      short bits = narrow.get(i);
      values[i] = type == ElementType.F16 ? fromHalf(bits) : fromBfloat16(bits);
    }
    return values;
  }

  /**
   * IEEE 754 binary16: sign s, 5 bits of exponent e, 10 bits of mantissa m.
   *
   * <p>{@code (-1)^s · 2^(e-15) · (1 + m/1024)} for 0 &lt; e &lt; 31; {@code (-1)^s · m · 2^-24}
   * for e = 0; infinity or NaN (its payload kept) for e = 31.
   */
  static float fromHalf(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >>> 10) & 0x1f;
    int mantissa = bits & 0x3ff;
    if (exponent == 0) {
      float magnitude = mantissa * SMALLEST_HALF;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 0x1f ? 0xff : exponent + EXPONENT_SHIFT;
    return Float.intBitsToFloat(sign | (wide << 23) | (mantissa << 13));
  }

  /** bfloat16: the upper half of a binary32. */
  static float fromBfloat16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }
}
