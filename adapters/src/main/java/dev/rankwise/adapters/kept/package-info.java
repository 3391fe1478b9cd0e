/**
 * The frozen base with only some of its modules trained: what the other methods are measured
 * against.
 *
 * <p>Read {@link dev.rankwise.adapters.kept.KeptOnly} first. This package must not know files or
 * Spark.
 */
package dev.rankwise.adapters.kept;
