/**
 * What an adapter is asked to be: its settings, the modules they match on a base, the order of its
 * parameters, and what every method must say of itself.
 *
 * <p>Read {@link dev.rankwise.adapters.spec.AdapterMethod} first, then {@link
 * dev.rankwise.adapters.spec.ModuleMatcher}. This package must not know a single method, files or
 * Spark.
 */
package dev.rankwise.adapters.spec;
