package dev.rankwise.adapters.combine;

import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * How adapters are combined.
 *
 * @param combination the way
 * @param weights wᵢ, one for each adapter; finite, may be negative
 * @param density share of the numbers that is left where some are left out, (0, 1]
 * @param majority how a sign wins where signs are voted on
 * @param rank rank of the result of {@link Combination#SVD}; empty for the largest of the adapters'
 * @param seed what chance is drawn from where numbers are dropped
 */
public record CombinationSettings(
    Combination combination,
    List<Double> weights,
    double density,
    Majority majority,
    OptionalInt rank,
    long seed) {

  /** How a sign wins. */
  public enum Majority {
    /** The sign of the sum. */
    TOTAL,
    /** The sign that more adapters have. */
    FREQUENCY
  }

  public CombinationSettings {
    Objects.requireNonNull(combination, "combination");
    Objects.requireNonNull(majority, "majority");
    weights = List.copyOf(weights);
    List<String> problems = new ArrayList<>();
    for (double weight : weights) {
      if (!Double.isFinite(weight)) {
        problems.add("Invalid weight: %s (must be finite)".formatted(weight));
      }
    }
    if (!(density > 0 && density <= 1)) {
      problems.add("Invalid density: %s (must be above 0 and at most 1)".formatted(density));
    }
    if (rank.isPresent() && rank.getAsInt() < 1) {
      problems.add("Invalid rank: %s (must be at least 1)".formatted(rank.getAsInt()));
    }
    if (rank.isPresent() && combination != Combination.SVD) {
      problems.add(
          "Invalid rank: %s (only svd takes one; leave it out)".formatted(rank.getAsInt()));
    }
    if (!problems.isEmpty()) {
      throw new UserInputException(String.join("; ", problems));
    }
  }

  /** With nothing left out, the sign of the sum, and the largest rank. */
  public static CombinationSettings of(Combination combination, List<Double> weights) {
    return new CombinationSettings(combination, weights, 1, Majority.TOTAL, OptionalInt.empty(), 0);
  }

  /** The same with another density. */
  public CombinationSettings withDensity(double newDensity) {
    return new CombinationSettings(combination, weights, newDensity, majority, rank, seed);
  }

  /** The same with another way to win. */
  public CombinationSettings withMajority(Majority newMajority) {
    return new CombinationSettings(combination, weights, density, newMajority, rank, seed);
  }

  /** The same with a rank for the result. */
  public CombinationSettings withRank(int newRank) {
    return new CombinationSettings(
        combination, weights, density, majority, OptionalInt.of(newRank), seed);
  }

  /** The same with another seed. */
  public CombinationSettings withSeed(long newSeed) {
    return new CombinationSettings(combination, weights, density, majority, rank, newSeed);
  }
}
