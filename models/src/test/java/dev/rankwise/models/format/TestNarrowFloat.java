package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TestNarrowFloat {
  @Test
  void widensEveryHalfAsItsDefinitionSays() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float widened = NarrowFloat.fromHalf((short) bits);
      int exponent = (bits >> 10) & 0x1f;
      int mantissa = bits & 0x3ff;
      double sign = bits >> 15 == 0 ? 1 : -1;
      if (exponent == 0x1f && mantissa != 0) {
        assertThat(widened).isNaN();
        continue;
      }
      double expected;
      if (exponent == 0x1f) {
        expected = sign * Double.POSITIVE_INFINITY;
      } else if (exponent == 0) {
        expected = sign * mantissa * Math.pow(2, -24);
      } else {
        expected = sign * (1 + mantissa / 1024.0) * Math.pow(2, exponent - 15);
      }
      assertThat(Double.doubleToRawLongBits(widened))
          .as("bits %04x", bits)
          .isEqualTo(Double.doubleToRawLongBits(expected));
    }
  }

  @Test
  void narrowingGivesEveryNarrowNumberBack() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float half = NarrowFloat.fromHalf((short) bits);
      float brain = NarrowFloat.fromBfloat16((short) bits);
      if (Float.isNaN(half)) {
        assertThat(NarrowFloat.fromHalf(NarrowFloat.toHalf(half))).isNaN();
      } else {
        assertThat(NarrowFloat.toHalf(half)).isEqualTo((short) bits);
      }
      if (Float.isNaN(brain)) {
        assertThat(NarrowFloat.fromBfloat16(NarrowFloat.toBfloat16(brain))).isNaN();
      } else {
        assertThat(NarrowFloat.toBfloat16(brain)).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void narrowingRoundsToTheNearestAndTiesToEven() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 200_000; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      if (!Float.isFinite(value)) {
        continue;
      }
      assertNearest(value, NarrowFloat.toHalf(value), ElementType.F16);
      assertNearest(value, NarrowFloat.toBfloat16(value), ElementType.BF16);
    }
    assertThat(NarrowFloat.toHalf(65_519.996f)).isEqualTo((short) 0x7bff);
    assertThat(NarrowFloat.toHalf(65_520f)).isEqualTo((short) 0x7c00);
    assertThat(NarrowFloat.toHalf(-1e9f)).isEqualTo((short) 0xfc00);
    assertThat(NarrowFloat.toHalf(0x1p-25f)).isZero();
    assertThat(NarrowFloat.toHalf(0x1.8p-24f)).isEqualTo((short) 2);
    assertThat(NarrowFloat.toBfloat16(0x1.01p0f)).isEqualTo((short) 0x3f80);
    assertThat(NarrowFloat.toBfloat16(0x1.03p0f)).isEqualTo((short) 0x3f82);
  }

  /** Neither neighbour is nearer, and of two that are equally near the even one was taken. */
  private static void assertNearest(float value, short bits, ElementType type) {
    double own = Math.abs((double) widened(bits, type) - value);
    for (int step : new int[] {-1, 1}) {
      short neighbour = (short) (bits + step);
      float other = widened(neighbour, type);
      if (Float.isFinite(other) && (neighbour ^ bits) >= 0 && Double.isFinite(own)) {
        double distance = Math.abs((double) other - value);
        assertThat(own).as("%s as %s", value, type).isLessThanOrEqualTo(distance);
        if (own == distance) {
          assertThat(bits & 1).isZero();
        }
      }
    }
  }

  private static float widened(short bits, ElementType type) {
    return type == ElementType.F16 ? NarrowFloat.fromHalf(bits) : NarrowFloat.fromBfloat16(bits);
  }

  @Test
  void widensBfloat16ToTheUpperHalfOfAFloat() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      assertThat(Float.floatToRawIntBits(NarrowFloat.fromBfloat16((short) bits)) >>> 16)
          .isEqualTo(bits);
    }
    assertThat(NarrowFloat.fromBfloat16((short) 0xbf80)).isEqualTo(-1f);
  }
}
