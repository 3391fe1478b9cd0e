package dev.rankwise.jobs.sweep;

import java.util.Collection;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Optional;

/**
 * What several runs of one point have of a figure.
 *
 * @param runs how many
 * @param mean their mean
 * @param low the least
 * @param high the largest
 * @param deviation the standard deviation with n − 1 in the denominator; 0 of a single run
 */
record Spread(int runs, double mean, double low, double high, double deviation) {

  /** The spread of values; nothing of none. */
  static Optional<Spread> of(Collection<Double> values) {
    List<Double> finite = values.stream().filter(Double::isFinite).toList();
    if (finite.isEmpty()) {
      return Optional.empty();
    }
    DoubleSummaryStatistics all = finite.stream().mapToDouble(value -> value).summaryStatistics();
    double mean = all.getAverage();
    double squares = 0;
    for (double value : finite) {
      squares += (value - mean) * (value - mean);
    }
    double deviation = finite.size() > 1 ? Math.sqrt(squares / (finite.size() - 1)) : 0;
    return Optional.of(new Spread(finite.size(), mean, all.getMin(), all.getMax(), deviation));
  }

  /** The mean, and between which values it lies if they differ as they are written. */
  String text(Figure.Unit unit) {
    String least = unit.text(low);
    String most = unit.text(high);
    return least.equals(most)
        ? unit.text(mean)
        : "%s (%s to %s)".formatted(unit.text(mean), withoutUnit(least, most), most);
  }

  /** The unit of a range stands behind its end, if both ends have the same. */
  private static String withoutUnit(String least, String most) {
    int begin = most.indexOf(' ');
    String unit = begin < 0 ? "" : most.substring(begin);
    return !unit.isEmpty() && least.endsWith(unit)
        ? least.substring(0, least.length() - unit.length())
        : least;
  }
}
