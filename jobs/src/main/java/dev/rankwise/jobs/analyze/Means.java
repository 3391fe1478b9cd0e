package dev.rankwise.jobs.analyze;

import dev.rankwise.adapters.analysis.WeightUpdate;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Means over some updates.
 *
 * @param relativeNorm of ‖ΔW‖ / ‖W₀‖
 * @param effectiveRank of the effective rank
 * @param magnitude of ΔM by rows
 * @param direction of ΔD by rows
 */
record Means(double relativeNorm, double effectiveRank, double magnitude, double direction) {

  static Means of(List<WeightUpdate> updates) {
    return new Means(
        mean(updates, WeightUpdate::relativeNorm),
        mean(updates, update -> update.spectrum().effectiveRank()),
        mean(updates, update -> update.rows().magnitude()),
        mean(updates, update -> update.rows().direction()));
  }

  private static double mean(List<WeightUpdate> updates, ToDoubleFunction<WeightUpdate> of) {
    return updates.stream().mapToDouble(of).average().orElse(Double.NaN);
  }

  /** A rank that need not be whole. */
  static String rank(double rank) {
    return String.format(Locale.ROOT, "%.1f", rank);
  }
}
