package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TestStoredTensor {
  @Test
  void everyReaderGetsItsOwnPosition() {
    StoredTensor tensor = StoredTensor.ofFloats("a", List.of(2L), new float[] {1, -2});
    assertThat(tensor.bytes().getFloat()).isEqualTo(1);
    ByteBuffer again = tensor.bytes();
    assertThat(again.getFloat()).isEqualTo(1);
    assertThat(again.getFloat()).isEqualTo(-2);
    assertThat(again.isReadOnly()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void floatsOfAnyWidthAreReadBack(ElementType type) {
    float[] values = {1, -2.5f, 0.15625f, 0, Float.NaN};

    StoredTensor tensor = StoredTensor.ofFloats("a", type, List.of(5L), values);

    assertThat(tensor.type()).isEqualTo(type);
    assertThat(tensor.bytes().remaining()).isEqualTo(5 * type.bytes());
    assertThat(tensor.floats()).containsExactly(values);
  }

  @Test
  void typesThatAreNoFloatsAreRefused() {
    assertThatThrownBy(
            () -> StoredTensor.ofFloats("a", ElementType.I32, List.of(1L), new float[] {1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("No type of floats: I32");
    StoredTensor numbers = StoredTensor.ofLongs("a", List.of(1L), new long[] {7});
    assertThatThrownBy(numbers::floats)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Tensor a has type I64");
  }

  @Test
  void refusesBytesThatDoNotFitTheShape() {
    assertThatThrownBy(() -> StoredTensor.ofFloats("a", List.of(3L), new float[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Tensor a of shape [3] and type F32 takes 12 bytes, not 8");
    assertThatThrownBy(() -> StoredTensor.ofFloats("a", List.of(-1L, -2L), new float[2]))
        .hasMessage("Tensor a has a negative dimension: [-1, -2]");
  }
}
