package dev.rankwise.pipeline.train;

import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a run reached.
 *
 * @param parameters the trained parameters that were chosen, (parameters)
 * @param steps number of steps
 * @param moves how many updates, at a rate above 0, these parameters have behind them at least
 * @param untouched indices of the parameters that had no gradient in any update
 * @param lossFirst loss of the first step
 * @param lossLast loss of the last step
 * @param tokens tokens that were computed
 * @param seconds time of all steps, without what was measured between them
 * @param heldOut losses that were measured on the way; empty where the last step's parameters are
 *     taken
 * @param quarantined positions of the examples that were left out, rising
 */
public record TrainingResult(
    float[] parameters,
    int steps,
    int moves,
    BitSet untouched,
    double lossFirst,
    double lossLast,
    long tokens,
    double seconds,
    List<HeldOutLoss> heldOut,
    List<Integer> quarantined) {

  public TrainingResult {
    parameters = parameters.clone();
    untouched = (BitSet) untouched.clone();
    heldOut = List.copyOf(heldOut);
    quarantined = List.copyOf(quarantined);
  }

  @Override
  public float[] parameters() {
    return parameters.clone();
  }

  @Override
  public BitSet untouched() {
    return (BitSet) untouched.clone();
  }

  /** The lowest loss that was measured, and so the step whose parameters were chosen. */
  public Optional<HeldOutLoss> best() {
    return heldOut.stream().min(Comparator.comparingDouble(HeldOutLoss::loss));
  }

  /** Computed tokens a second, over all steps. */
  public double tokensPerSecond() {
    return seconds > 0 ? tokens / seconds : 0;
  }
}
