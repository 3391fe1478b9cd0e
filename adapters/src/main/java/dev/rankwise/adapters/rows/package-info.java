/**
 * Rows of a table of the base that are trained by themselves, beside any method.
 *
 * <p>Read {@link dev.rankwise.adapters.rows.RowProducts} first. This package must not know methods,
 * adapter files or Spark.
 */
package dev.rankwise.adapters.rows;
