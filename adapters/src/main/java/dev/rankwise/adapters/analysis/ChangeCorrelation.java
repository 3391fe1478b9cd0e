package dev.rankwise.adapters.analysis;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * Whether weights that turned further also changed their length more: Pearson's correlation of ΔD
 * and ΔM over modules and moments.
 *
 * <p>Source: the DoRA paper (arXiv 2402.09353), section 3.2, which finds it negative for full
 * tuning and DoRA and positive for LoRA.
 */
public final class ChangeCorrelation {
  /** How far a number of size 1 may be moved by rounding it to float32. */
  private static final double ROUNDING = Math.scalb(1.0, -24);

  private ChangeCorrelation() {}

  /**
   * The correlation, [−1, 1]; empty of fewer than two changes, and where a series is constant: its
   * numbers differ by no more than rounding the weights to float32 may move them.
   */
  public static OptionalDouble of(List<WeightChange> changes) {
    double length = changes.stream().mapToDouble(WeightChange::length).average().orElse(0);
    double[] direction = values(changes, WeightChange::direction);
    double[] magnitude = values(changes, WeightChange::magnitude);
    if (isConstant(direction, ROUNDING * ROUNDING) || isConstant(magnitude, ROUNDING * length)) {
      return OptionalDouble.empty();
    }
    double meanX = mean(direction);
    double meanY = mean(magnitude);
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (int i = 0; i < direction.length; i++) {
      double x = direction[i] - meanX;
      double y = magnitude[i] - meanY;
      xx += x * x;
      yy += y * y;
      xy += x * y;
    }
    return OptionalDouble.of(xy / Math.sqrt(xx) / Math.sqrt(yy));
  }

  private static double[] values(List<WeightChange> changes, ToDoubleFunction<WeightChange> of) {
    return changes.stream().mapToDouble(of).toArray();
  }

  private static boolean isConstant(double[] values, double noise) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    return values.length < 2 || most - least <= noise;
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }
}
