/**
 * Training weights of the base itself: some modules of a frozen base, or all of it. This is what
 * adapters are measured against.
 *
 * <p>Read {@link dev.rankwise.adapters.kept.KeptOnly} first. This package must not know files or
 * Spark.
 */
package dev.rankwise.adapters.kept;
