package dev.rankwise.models.network;

/**
 * What one pass over a group's micro-batches leaves.
 *
 * @param gradient sum of the gradients in the order of the micro-batches, (parameters)
 * @param lossSum sum of the loss terms, each already divided by its denominator
 * @param examples sequences seen
 * @param tokens tokens seen
 */
public record GroupSum(float[] gradient, double lossSum, long examples, long tokens) {}
