package dev.rankwise.pipeline.tune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.pipeline.executor.TokenExample;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestPreparedExamples {

  @Test
  void tokensPredictTheNextOneOfTheirOwnTextWhereItIsTrained() {
    Sequence sequence =
        new Sequence(
            6,
            List.of("a", "b"),
            new int[] {0, 3},
            new int[] {10, 11, 12, 20, 21},
            new boolean[] {true, false, true, true, true});

    TokenExample example = PreparedExamples.example(sequence);

    int none = TokenBatch.NONE;
    assertThat(example.position()).isEqualTo(6);
    assertThat(example.starts()).containsExactly(0, 3);
    assertThat(example.ids()).containsExactly(10, 11, 12, 20, 21);
    assertThat(example.labels()).containsExactly(none, 12, none, 21, none);
    long targets = Arrays.stream(example.labels()).filter(label -> label != none).count();
    assertThat(targets).isEqualTo(sequence.targets());
    assertThat(example.task()).isEqualTo(TokenBatch.NO_TASK);
  }

  @Test
  void theTaskOfASequenceIsThatOfItsExample() {
    Sequence sequence =
        new Sequence(
            0,
            List.of("a"),
            new int[] {0},
            new int[] {10, 11},
            new boolean[] {false, true},
            3,
            List.of());

    assertThat(PreparedExamples.example(sequence).task()).isEqualTo(3);
  }
}
