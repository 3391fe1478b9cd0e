/**
 * The training loop.
 *
 * <p>Read {@link dev.rankwise.pipeline.train.Trainer} first: it is the whole of a run, top to
 * bottom. Nothing here knows what a model computes or where the examples came from.
 */
package dev.rankwise.pipeline.train;
