package dev.rankwise.pipeline.train;

import dev.rankwise.pipeline.checkpoint.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * Measures a loss every so many steps, and keeps the parameters for which it was lowest; of equal
 * ones the earliest. Ends a run that does not get better any more.
 */
public final class BestLoss implements Selection {
  private final int everySteps;
  private final OptionalInt patience;
  private final Loss loss;
  private final List<HeldOutLoss> measured = new ArrayList<>();
  private double best = Double.NaN;
  private float[] bestTheta;
  private int since;

  /** A loss of a model, lower for a better one. */
  @FunctionalInterface
  public interface Loss {

    /**
     * Measures it.
     *
     * @param step number of steps that made the parameters
     */
    double of(int step, float[] theta);
  }

  /**
   * A selection.
   *
   * @param everySteps steps between two measurements, at least 1
   * @param patience how many measurements in a row may be no better than the best before them, at
   *     least 1, until the run ends; empty if it never ends for that
   */
  public BestLoss(int everySteps, OptionalInt patience, Loss loss) {
    this.everySteps = everySteps;
    this.patience = patience;
    this.loss = loss;
  }

  @Override
  public boolean goesOn(int step, float[] theta) {
    if (step % everySteps != 0) {
      return true;
    }
    measure(step, theta);
    return patience.isEmpty() || since < patience.getAsInt();
  }

  /** The best parameters, those of the last step among them. */
  @Override
  public float[] chosen(int step, float[] theta) {
    if (measured.isEmpty() || measured.get(measured.size() - 1).step() < step) {
      measure(step, theta);
    }
    return bestTheta.clone();
  }

  private void measure(int step, float[] theta) {
    HeldOutLoss now = new HeldOutLoss(step, loss.of(step, theta));
    measured.add(now);
    // By this order a loss that is no number is worse than any other.
    if (bestTheta == null || Double.compare(now.loss(), best) < 0) {
      best = now.loss();
      bestTheta = theta.clone();
      since = 0;
    } else {
      since++;
    }
  }

  @Override
  public List<HeldOutLoss> measured() {
    return List.copyOf(measured);
  }

  @Override
  public Snapshot state() {
    Snapshot state =
        Snapshot.empty()
            .with("since", since)
            .with("best-loss", best)
            .with(
                "measured",
                measured.stream().map(HeldOutLoss::text).collect(Collectors.joining(" ")));
    return bestTheta == null ? state : state.with("best", bestTheta);
  }

  @Override
  public void restore(Snapshot state) {
    since = state.whole("since");
    best = state.number("best-loss");
    measured.clear();
    for (String one : state.text("measured").split(" ")) {
      if (!one.isEmpty()) {
        measured.add(HeldOutLoss.parse(one));
      }
    }
    bestTheta = state.vectors().get("best");
  }
}
