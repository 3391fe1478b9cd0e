package dev.rankwise.datasets.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.InternalException;
import org.junit.jupiter.api.Test;

class TestExample {

  @Test
  void idsAreCopiedInAndOut() {
    int[] ids = {1, 5, 2};
    Example example = new Example(3, "row", ids, 0);
    ids[0] = 9;
    example.ids()[1] = 9;

    assertThat(example.ids()).containsExactly(1, 5, 2);
    assertThat(example.length()).isEqualTo(3);
  }

  @Test
  void equalContentIsEqual() {
    Example example = new Example(3, "row", new int[] {1, 2}, 0);

    assertThat(example)
        .isEqualTo(new Example(3, "row", new int[] {1, 2}, 0))
        .hasSameHashCodeAs(new Example(3, "row", new int[] {1, 2}, 0))
        .isNotEqualTo(new Example(3, "row", new int[] {1, 3}, 0))
        .isNotEqualTo(new Example(4, "row", new int[] {1, 2}, 0))
        .isNotEqualTo(new Example(3, "other", new int[] {1, 2}, 0))
        .isNotEqualTo(new Example(3, "row", new int[] {1, 2}, 1));
  }

  @Test
  void printedFormShowsNoToken() {
    assertThat(new Example(3, "row", new int[] {101, 102}, 4))
        .hasToString("Example[position=3, rowId=row, tokens=2, label=4]");
  }

  @Test
  void impossibleExamplesAreRefused() {
    assertThatThrownBy(() -> new Example(-1, "row", new int[] {1}, 0))
        .isInstanceOf(InternalException.class)
        .hasMessage(
            "Invalid example at position -1 with label 0 and 1 tokens (position and label must not"
                + " be negative, tokens not empty)");
    assertThatThrownBy(() -> new Example(0, "row", new int[] {1}, -1))
        .isInstanceOf(InternalException.class);
    assertThatThrownBy(() -> new Example(0, "row", new int[0], 0))
        .isInstanceOf(InternalException.class);
  }
}
