/**
 * What the verbs do: runs from a recipe to a run folder, and what is done with adapters later.
 *
 * <p>Read {@link dev.rankwise.jobs.run.TuningRun} first: it is the main job from top to bottom.
 * This package knows recipes, run folders and what the user reads; what is computed lies in the
 * modules below.
 */
package dev.rankwise.jobs.run;
