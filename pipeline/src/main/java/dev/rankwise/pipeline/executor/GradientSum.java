package dev.rankwise.pipeline.executor;

/**
 * What a model gives for the micro-batches of a group.
 *
 * @param gradient their gradients, added in order, (parameters)
 * @param lossSum sum of the examples' losses, without the step's denominator
 */
public record GradientSum(float[] gradient, double lossSum) {}
