/**
 * How an executor comes to the model of a run: the frozen base, with an adapter's kernels linked
 * in.
 *
 * <p>Read {@link dev.rankwise.pipeline.model.AdaptedModel} first. Nothing here knows Spark, where
 * examples come from, or what is done with a gradient.
 */
package dev.rankwise.pipeline.model;
