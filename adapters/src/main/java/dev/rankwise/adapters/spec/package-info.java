/**
 * What an adapter is: its settings, the modules it matches, its parameters and how they start.
 *
 * <p>Read {@link dev.rankwise.adapters.spec.AdapterMethod} first, then {@link
 * dev.rankwise.adapters.spec.ModuleMatcher}. This package must not know a single method, files or
 * Spark.
 */
package dev.rankwise.adapters.spec;
