package dev.rankwise.pipeline.guard;

import dev.rankwise.models.failure.TrainingStoppedException;
import dev.rankwise.pipeline.checkpoint.Resumable;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.stream.Collectors;

/**
 * Ends a run whose loss has run away: one that would only spoil what it had learnt, and the hours
 * that are left of it.
 *
 * <p>Losses of single steps scatter, so means of {@value #WINDOW} steps are compared. With {@code
 * m_t = (1/w) Σ_{i<w} loss_{t-i}} the run ends at the first step where {@code m_t > r · min_{s<t}
 * m_s}. A loss that is not finite counts for nothing here: {@code GradientPolicy} says what it
 * does. Bits do not depend on it, so a run may go on with another ratio.
 */
public final class LossWatch implements Resumable {
  /** Steps of a mean. */
  public static final int WINDOW = 20;

  private static final String RECENT = "recent";
  private static final String LOWEST = "lowest";

  private final double maximumRatio;
  private final Deque<Double> recent = new ArrayDeque<>();
  private double lowest = Double.POSITIVE_INFINITY;

  /**
   * A watch.
   *
   * @param maximumRatio r, above 1; infinity never ends a run
   */
  public LossWatch(double maximumRatio) {
    this.maximumRatio = maximumRatio;
  }

  /**
   * Takes the loss of a step.
   *
   * @param step number of steps that were done
   * @throws TrainingStoppedException if the run is to end
   */
  public void stepEnded(int step, double loss) {
    if (Double.isInfinite(maximumRatio) || !Double.isFinite(loss)) {
      return;
    }
    recent.addLast(loss);
    if (recent.size() > WINDOW) {
      recent.removeFirst();
    }
    if (recent.size() < WINDOW) {
      return;
    }
    // Summed anew, in the order of the steps: a running sum would differ after a restart.
    double mean = recent.stream().mapToDouble(Double::doubleValue).sum() / WINDOW;
    if (mean > maximumRatio * lowest) {
      throw new TrainingStoppedException(
          ("Training stopped at step %s: the mean loss of the last %s steps is %s, more than %s times"
                  + " %s, the lowest such mean before; lower the learning rate, or raise"
                  + " train.max-loss-ratio")
              .formatted(step, WINDOW, mean, maximumRatio, lowest));
    }
    lowest = Math.min(lowest, mean);
  }

  @Override
  public Snapshot state() {
    if (Double.isInfinite(maximumRatio)) {
      return Snapshot.empty();
    }
    return Snapshot.empty()
        .with(RECENT, recent.stream().map(String::valueOf).collect(Collectors.joining(" ")))
        .with(LOWEST, lowest);
  }

  /** A state of a run that watched nothing is that of a watch that begins. */
  @Override
  public void restore(Snapshot state) {
    recent.clear();
    lowest = Double.POSITIVE_INFINITY;
    if (state.values().isEmpty()) {
      return;
    }
    lowest = state.number(LOWEST);
    for (String loss : state.text(RECENT).split(" ")) {
      if (!loss.isEmpty()) {
        recent.addLast(number(loss));
      }
    }
  }

  /** A number as {@link Snapshot#number} reads it. */
  private static double number(String loss) {
    return Snapshot.empty().with(RECENT, loss).number(RECENT);
  }
}
