package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TestFloatElements {
  /** Numbers that all three types hold. */
  private static final float[] NUMBERS = {0, -0.5f, 1.25f, 96, -2, 3};

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"F32", "F16", "BF16"})
  void stretchesAreReadAndWrittenWhereTheyLie(ElementType type) {
    FloatElements elements = FloatElements.allocate(type, 8);
    elements.write(2, NUMBERS, 1, 4);

    assertThat(elements.size()).isEqualTo(8);
    assertThat(elements.floats()).containsExactly(0, 0, -0.5f, 1.25f, 96, -2, 0, 0);
    float[] read = {7, 7, 7, 7};
    elements.read(3, read, 1, 2);
    assertThat(read).containsExactly(7, 1.25f, 96, 7);
    assertThat(elements.bytes().remaining()).isEqualTo(8 * type.bytes());
  }

  @Test
  void writingRoundsToTheNearest() {
    FloatElements half = FloatElements.allocate(ElementType.F16, 2);
    half.write(0, new float[] {1.0001f, 65_520}, 0, 2);
    assertThat(half.floats()).containsExactly(1, Float.POSITIVE_INFINITY);

    FloatElements brain = FloatElements.allocate(ElementType.BF16, 1);
    brain.write(0, new float[] {1.003f}, 0, 1);
    assertThat(brain.floats()).containsExactly(1);
  }

  @Test
  void aBufferIsSeenFromItsPosition() {
    ByteBuffer buffer = ByteBuffer.allocate(8).position(4);
    FloatElements elements = new FloatElements(ElementType.F16, buffer);

    elements.write(0, NUMBERS, 2, 2);

    assertThat(elements.size()).isEqualTo(2);
    assertThat(buffer.position()).isEqualTo(4);
    assertThat(buffer.array()).containsExactly(0, 0, 0, 0, 0x00, 0x3d, 0x00, 0x56);
  }

  @Test
  void otherTypesAreRefused() {
    assertThatThrownBy(() -> FloatElements.allocate(ElementType.I64, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("No type of floats: I64");
  }
}
