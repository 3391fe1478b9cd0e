package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

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

  @Test
  void refusesBytesThatDoNotFitTheShape() {
    assertThatThrownBy(() -> StoredTensor.ofFloats("a", List.of(3L), new float[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Tensor a of shape [3] and type F32 takes 12 bytes, not 8");
    assertThatThrownBy(() -> StoredTensor.ofFloats("a", List.of(-1L, -2L), new float[2]))
        .hasMessage("Tensor a has a negative dimension: [-1, -2]");
  }
}
