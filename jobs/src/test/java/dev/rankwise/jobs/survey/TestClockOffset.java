package dev.rankwise.jobs.survey;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TestClockOffset {

  @Test
  void readingBetweenQuestionAndAnswerIsCertainOfNothing() {
    ClockOffset offset = ClockOffset.of("1", 1_050, 1_000, 1_200);

    assertThat(offset).isEqualTo(new ClockOffset("1", -150, 50));
    assertThat(offset.certainMillis()).isZero();
    assertThat(offset.possibleMillis()).isEqualTo(150);
  }

  @Test
  void readingAfterTheAnswerIsAhead() {
    assertThat(ClockOffset.of("1", 61_200, 1_000, 1_200).certainMillis()).isEqualTo(60_000);
  }

  @Test
  void readingBeforeTheQuestionIsBehind() {
    assertThat(ClockOffset.of("1", 400, 1_000, 1_200).certainMillis()).isEqualTo(-600);
  }

  @Test
  void severalReadingsNarrowIt() {
    ClockOffset both =
        ClockOffset.of("1", 1_150, 1_000, 1_200).and(ClockOffset.of("1", 2_020, 2_000, 2_400));

    assertThat(both).isEqualTo(new ClockOffset("1", -50, 20));
  }

  @Test
  void ofReadingsThatContradictEachOtherTheLaterCounts() {
    ClockOffset before = new ClockOffset("1", 100, 200);
    ClockOffset after = new ClockOffset("1", -50, 20);

    assertThat(before.and(after)).isEqualTo(after);
  }
}
