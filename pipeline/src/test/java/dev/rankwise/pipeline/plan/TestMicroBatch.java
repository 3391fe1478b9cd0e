package dev.rankwise.pipeline.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TestMicroBatch {

  @Test
  void keepsItsPositionsWhateverTheCallerDoes() {
    int[] positions = {4, 2};
    MicroBatch batch = new MicroBatch(positions);
    positions[0] = 9;
    batch.positions()[1] = 9;
    assertThat(batch.positions()).containsExactly(4, 2);
    assertThat(batch.size()).isEqualTo(2);
  }

  @Test
  void equalsByContent() {
    MicroBatch batch = new MicroBatch(new int[] {1, 2});
    assertThat(batch).isEqualTo(new MicroBatch(new int[] {1, 2}));
    assertThat(batch).hasSameHashCodeAs(new MicroBatch(new int[] {1, 2}));
    assertThat(batch).isNotEqualTo(new MicroBatch(new int[] {2, 1}));
    assertThat(batch).hasToString("[1, 2]");
  }
}
