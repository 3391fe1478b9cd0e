package dev.rankwise.pipeline.evaluate;

import java.io.Serializable;

/**
 * What a model says of the examples of one group.
 *
 * @param positions positions of the examples in their split
 * @param truth their classes
 * @param predicted the classes with the highest score
 * @param lossSum sum of their cross-entropies, in nats
 */
record GroupPredictions(int[] positions, int[] truth, int[] predicted, double lossSum)
    implements Serializable {}
