/**
 * Several runs of one recipe with other settings, side by side: what is missing is done, and the
 * figures of all are laid out in a table and in pictures.
 *
 * <p>Read {@link dev.rankwise.jobs.sweep.SweepRun} first, then {@link
 * dev.rankwise.jobs.sweep.SweepPlan}.
 */
package dev.rankwise.jobs.sweep;
