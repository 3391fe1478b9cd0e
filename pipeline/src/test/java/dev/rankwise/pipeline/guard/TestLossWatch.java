package dev.rankwise.pipeline.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.TrainingStoppedException;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import org.junit.jupiter.api.Test;

final class TestLossWatch {
  private static final int WINDOW = LossWatch.WINDOW;

  @Test
  void runEndsAtTheFirstStepWhoseMeanIsMoreThanItMayBe() {
    LossWatch watch = new LossWatch(2);
    give(watch, 1, WINDOW + 10, 1);

    // After k steps of 5 the mean is 1 + 4k/20, which is above 2 from the sixth on.
    give(watch, WINDOW + 11, 5, 5);

    assertThatThrownBy(() -> watch.stepEnded(WINDOW + 16, 5))
        .isInstanceOf(TrainingStoppedException.class)
        .hasMessage(
            "Training stopped at step 36: the mean loss of the last 20 steps is 2.2, more than 2.0"
                + " times 1.0, the lowest such mean before; lower the learning rate, or raise"
                + " train.max-loss-ratio");
  }

  @Test
  void singleStepsMayScatter() {
    LossWatch watch = new LossWatch(2);

    assertThatCode(
            () -> {
              for (int step = 1; step <= 300; step++) {
                watch.stepEnded(step, step % WINDOW == 0 ? 15 : 1);
              }
            })
        .doesNotThrowAnyException();
  }

  @Test
  void nothingIsSaidBeforeTheFirstMean() {
    LossWatch watch = new LossWatch(1.1);

    assertThatCode(
            () -> {
              for (int step = 1; step <= WINDOW; step++) {
                watch.stepEnded(step, rising(step));
              }
            })
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> watch.stepEnded(WINDOW + 1, rising(WINDOW + 1)))
        .isInstanceOf(TrainingStoppedException.class);
  }

  @Test
  void lossesThatAreNotFiniteCountForNothing() {
    LossWatch watch = new LossWatch(2);
    give(watch, 1, WINDOW, 1);
    Snapshot before = watch.state();

    watch.stepEnded(WINDOW + 1, Double.NaN);
    watch.stepEnded(WINDOW + 2, Double.POSITIVE_INFINITY);

    assertThat(watch.state()).isEqualTo(before);
  }

  @Test
  void restoredWatchGoesOnAsTheOneThatIsRestored() {
    LossWatch whole = new LossWatch(2);
    LossWatch begun = new LossWatch(2);
    for (int step = 1; step <= 33; step++) {
      whole.stepEnded(step, 1 + 1.0 / step);
      begun.stepEnded(step, 1 + 1.0 / step);
    }
    LossWatch restored = new LossWatch(2);
    give(restored, 1, 30, 0.001);
    restored.restore(begun.state());

    for (int step = 34; step <= 60; step++) {
      whole.stepEnded(step, 1.0 / 3);
      restored.stepEnded(step, 1.0 / 3);
    }
    assertThat(restored.state()).isEqualTo(whole.state());
  }

  @Test
  void stateOfARunThatWatchedNothingIsTaken() {
    LossWatch none = new LossWatch(Double.POSITIVE_INFINITY);
    give(none, 1, 100, 1e300);
    assertThat(none.state()).isEqualTo(Snapshot.empty());

    LossWatch watch = new LossWatch(2);
    give(watch, 1, 30, 1);
    watch.restore(none.state());

    assertThat(watch.state()).isEqualTo(new LossWatch(2).state());
  }

  @Test
  void stateThatIsNoneIsRefused() {
    LossWatch watch = new LossWatch(2);
    Snapshot bad = watch.state().with("recent", "1.5 x");

    assertThatThrownBy(() -> watch.restore(bad)).isInstanceOf(CorruptFileException.class);
  }

  private static void give(LossWatch watch, int from, int steps, double loss) {
    for (int step = from; step < from + steps; step++) {
      watch.stepEnded(step, loss);
    }
  }

  /** A loss that rises from the first step on. */
  private static double rising(int step) {
    return StrictMath.scalb(1.0, step);
  }
}
