package dev.rankwise.pipeline.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TestFloatBytes {

  @Property
  void numbersComeBackBitForBit(@ForAll float[] values) {
    assertThat(FloatBytes.toFloats(FloatBytes.of(values))).isEqualTo(values);
  }

  @Test
  void bytesAreLittleEndian() {
    assertThat(FloatBytes.of(new float[] {1, -2})).containsExactly(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0);
  }
}
