package dev.rankwise.pipeline.evaluate;

import dev.rankwise.models.failure.InternalException;

/**
 * Between which shares the true one lies, as far as a sample can tell.
 *
 * @param low lower end, in [0, 1]
 * @param high upper end, in [low, 1]
 */
public record Interval(double low, double high) {
  // The standard normal quantile at 0.975.
  private static final double NORMAL_975 = 1.959963984540054;

  /**
   * Wilson's interval at 95 % for {@code successes} among {@code trials} independent examples:
   * {@code (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)} with {@code p = successes/n}. Unlike
   * {@code p ± z·√(p(1−p)/n)} it stays within [0, 1] and keeps its width at 0 and 1.
   *
   * <p>Source: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
   * Journal of the American Statistical Association 22 (1927).
   */
  public static Interval wilson(long successes, long trials) {
    if (trials < 1 || successes < 0 || successes > trials) {
      throw new InternalException(
          "Invalid share: "
              + successes
              + " of "
              + trials
              + " (the trials must be positive and the successes among them)");
    }
    double share = (double) successes / trials;
    double square = NORMAL_975 * NORMAL_975 / trials;
    double middle = share + square / 2;
    double reach = NORMAL_975 * Math.sqrt((share * (1 - share) + square / 4) / trials);
    double scale = 1 + square;
    return new Interval(
        Math.max(0, Math.min(share, (middle - reach) / scale)),
        Math.min(1, Math.max(share, (middle + reach) / scale)));
  }
}
