/**
 * A second adapter that is tuned while a first one stays as it is.
 *
 * <p>Read {@link dev.rankwise.adapters.stack.StackedFactors} first. This package must not know
 * files, networks or Spark.
 */
package dev.rankwise.adapters.stack;
