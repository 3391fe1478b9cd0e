/**
 * An adapter written into the weights of its base, after which it needs nothing of this library.
 *
 * <p>Read {@link dev.rankwise.adapters.merge.MergedWeights} first. This package must not know
 * adapter files, networks or Spark.
 */
package dev.rankwise.adapters.merge;
