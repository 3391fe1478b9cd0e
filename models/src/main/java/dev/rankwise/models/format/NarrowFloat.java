package dev.rankwise.models.format;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * The two 16-bit float formats. Widening them to {@code float} is exact for every bit pattern;
 * narrowing rounds to the nearest, of two equally near ones to the even, as PyTorch does.
 */
public final class NarrowFloat {
  private static final float SMALLEST_HALF = 0x1p-24f;
  private static final float SMALLEST_NORMAL_HALF = 0x1p-14f;

  /** From here on the nearest binary16 is infinite: half a step above the largest, 65,504. */
  private static final float HALF_OVERFLOW = 65_520f;

  private static final int EXPONENT_SHIFT = 127 - 15;

  /** The types of floats that bases and adapters are stored in. */
  static final Set<ElementType> FLOATS =
      Collections.unmodifiableSet(EnumSet.of(ElementType.F32, ElementType.F16, ElementType.BF16));

  private NarrowFloat() {}

  /** The number of a type of floats that is nearest to {@code value}. */
  public static float rounded(ElementType type, float value) {
    return switch (type) {
      case F32 -> value;
      case F16 -> fromHalf(toHalf(value));
      case BF16 -> fromBfloat16(toBfloat16(value));
      default -> throw new IllegalArgumentException("No type of floats: " + type);
    };
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

  /** The nearest binary16; what is too large becomes infinite. */
  static short toHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    float magnitude = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | 0x7e00);
    }
    if (magnitude >= HALF_OVERFLOW) {
      return (short) (sign | 0x7c00);
    }
    if (magnitude < SMALLEST_NORMAL_HALF) {
      // Subnormal: a whole number of 2^-24, and rint rounds ties to even.
      return (short) (sign | (int) Math.rint(magnitude * 0x1p24));
    }
    int unit = bits & 0x7fffffff;
    int rounded = unit + 0xfff + ((unit >>> 13) & 1);
    return (short) (sign | ((rounded >>> 13) - (EXPONENT_SHIFT << 10)));
  }

  /** The nearest bfloat16. */
  static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /** bfloat16: the upper half of a binary32. */
  static float fromBfloat16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }
}
