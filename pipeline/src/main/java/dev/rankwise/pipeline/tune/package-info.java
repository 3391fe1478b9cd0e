/**
 * Tuning an adapter: from prepared data and a base to an adapter, with everything that its bytes
 * depend on.
 *
 * <p>Read {@link dev.rankwise.pipeline.tune.AdapterTuning} first. Nothing here knows recipes, run
 * folders or the command line.
 */
package dev.rankwise.pipeline.tune;
