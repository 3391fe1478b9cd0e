/**
 * The {@code rankwise} command.
 *
 * <p>Read {@link dev.rankwise.jobs.Rankwise} first: it lists the verbs. Each is one class in {@code
 * command}; what a run does, in order, is {@code run.TuningRun}.
 */
package dev.rankwise.jobs;
