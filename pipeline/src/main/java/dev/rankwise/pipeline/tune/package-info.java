/**
 * Tuning a classifier: from prepared data and a base to an adapter, with everything that its bytes
 * depend on.
 *
 * <p>Read {@link dev.rankwise.pipeline.tune.ClassifierTuning} first. Nothing here knows recipes,
 * run folders or the command line.
 */
package dev.rankwise.pipeline.tune;
