package dev.rankwise.pipeline.executor;

import java.io.Serializable;

/**
 * One prepared example on its way to the group that computes it. The array is not copied: examples
 * are made by a reader and read once.
 *
 * @param position its position in the prepared data
 * @param ids its token ids, (tokens)
 * @param label its class
 */
public record TokenExample(int position, int[] ids, int label) implements Serializable {}
