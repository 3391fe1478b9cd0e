/**
 * DoRA: weights adapted by direction and magnitude.
 *
 * <p>Read {@link dev.rankwise.adapters.dora.Dora} first. This package must not know adapter files
 * or Spark.
 */
package dev.rankwise.adapters.dora;
