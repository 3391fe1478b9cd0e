package dev.rankwise.models.network;

import java.io.Serializable;
import java.util.List;

/**
 * What one pass over a group's micro-batches leaves.
 *
 * @param gradient sum of the gradients in the order of the micro-batches, (parameters)
 * @param lossSum sum of the loss terms, each already divided by its denominator
 * @param examples sequences seen
 * @param tokens tokens seen
 * @param asides what products said beside their results, by micro-batch with labels; empty where
 *     they say nothing
 */
public record GroupSum(
    float[] gradient, double lossSum, long examples, long tokens, List<Said> asides) {

  /** A sum of which nothing is said beside. */
  public GroupSum(float[] gradient, double lossSum, long examples, long tokens) {
    this(gradient, lossSum, examples, tokens, List.of());
  }

  public GroupSum {
    asides = List.copyOf(asides);
  }

  /**
   * What products said in one micro-batch.
   *
   * @param tokens tokens of the micro-batch
   * @param terms further terms of the loss, summed over the segments, without weight, (terms)
   * @param shares what is reported, segment after segment
   */
  public record Said(long tokens, float[] terms, float[] shares) implements Serializable {}
}
