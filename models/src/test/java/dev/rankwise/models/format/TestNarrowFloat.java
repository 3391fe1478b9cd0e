package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;

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
  void widensBfloat16ToTheUpperHalfOfAFloat() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      assertThat(Float.floatToRawIntBits(NarrowFloat.fromBfloat16((short) bits)) >>> 16)
          .isEqualTo(bits);
    }
    assertThat(NarrowFloat.fromBfloat16((short) 0xbf80)).isEqualTo(-1f);
  }
}
