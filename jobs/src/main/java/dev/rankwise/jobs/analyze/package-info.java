/**
 * The verb {@code analyze}: what tuning did to the weights of a base, as a page for people and as
 * numbers.
 *
 * <p>Read {@link dev.rankwise.jobs.analyze.AnalysisRun} first, then {@link
 * dev.rankwise.jobs.analyze.AnalysisReport}, which is all that page and numbers know. What the
 * numbers mean stands in {@code dev.rankwise.adapters.analysis}.
 */
package dev.rankwise.jobs.analyze;
