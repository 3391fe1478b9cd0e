package dev.rankwise.models.network;

import java.io.Serializable;

/**
 * How well a causal decoder predicts tokens that have a target; may be added up.
 *
 * @param lossSum sum of their cross-entropies, in nats
 * @param hits those whose highest score is the target's
 * @param targets how many they are
 */
public record TargetScores(double lossSum, long hits, long targets) implements Serializable {
  /** Of no tokens. */
  public static final TargetScores NONE = new TargetScores(0, 0, 0);

  /** Of both. */
  public TargetScores plus(TargetScores other) {
    return new TargetScores(lossSum + other.lossSum, hits + other.hits, targets + other.targets);
  }
}
