package dev.rankwise.datasets.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.models.failure.UserInputException;
import java.math.BigInteger;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TestSplitRule {

  @Test
  void countsGoByRank() {
    SplitRule rule = SplitRule.counts(2, 3);

    assertThat(IntStream.range(0, 6).mapToObj(rank -> rule.splitOf(rank, "any")))
        .containsExactly(
            Optional.of(Split.TEST),
            Optional.of(Split.TEST),
            Optional.of(Split.TRAIN),
            Optional.of(Split.TRAIN),
            Optional.of(Split.TRAIN),
            Optional.empty());
    assertThat(rule.description()).isEqualTo("first 2 rows by hash test, next 3 train");
  }

  @Test
  void largestCountsDoNotOverflow() {
    SplitRule rule = SplitRule.counts(Integer.MAX_VALUE, Integer.MAX_VALUE);

    assertThat(rule.splitOf(Integer.MAX_VALUE, "any")).contains(Split.TRAIN);
  }

  @Test
  void fractionGoesByTheHashOfTheId() {
    SplitRule rule = SplitRule.testFraction(0.25);

    for (int i = 0; i < 1_000; i++) {
      String id = "row-" + i;
      BigInteger hash = new BigInteger(ContentHash.hexOf(id), 16);
      boolean first = hash.shiftRight(254).intValue() == 0;
      assertThat(rule.splitOf(1_000 - i, id)).contains(first ? Split.TEST : Split.TRAIN);
    }
  }

  @Test
  void fractionIsTheShareOfRowsHeldOut() {
    SplitRule rule = SplitRule.testFraction(0.1);
    long held =
        IntStream.range(0, 20_000)
            .filter(i -> rule.splitOf(i, "row-" + i).equals(Optional.of(Split.TEST)))
            .count();

    // Four standard deviations of a binomial share of 0.1 among 20,000.
    assertThat(held / 20_000.0).isCloseTo(0.1, within(0.0085));
  }

  @Test
  void rulesSayWhichSplitsTheyYield() {
    assertThat(SplitRule.counts(0, 5).yields(Split.TEST)).isFalse();
    assertThat(SplitRule.counts(1, 5).yields(Split.TEST)).isTrue();
    assertThat(SplitRule.testFraction(0).yields(Split.TEST)).isFalse();
    assertThat(SplitRule.testFraction(0.5).yields(Split.TEST)).isTrue();
    assertThat(SplitRule.testFraction(0.5).yields(Split.TRAIN)).isTrue();
    assertThat(SplitRule.trainOnly().yields(Split.TEST)).isFalse();
    assertThat(SplitRule.testOnly().yields(Split.TRAIN)).isFalse();
    assertThat(SplitRule.testOnly().splitOf(9, "any")).contains(Split.TEST);
    assertThat(SplitRule.trainOnly().description()).isEqualTo("all rows train");
  }

  @Test
  void impossibleSplitsAreRefused() {
    assertThatThrownBy(() -> SplitRule.counts(-1, 5))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid split: -1 test rows and 5 training rows (test must not be negative, training"
                + " must be positive); set data.test-rows and data.train-rows");
    assertThatThrownBy(() -> SplitRule.counts(1, 0)).isInstanceOf(UserInputException.class);
    assertThatThrownBy(() -> SplitRule.testFraction(1))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid test fraction: 1.0 (must be at least 0 and below 1); set data.test-fraction");
    assertThatThrownBy(() -> SplitRule.testFraction(Double.NaN))
        .isInstanceOf(UserInputException.class);
  }
}
