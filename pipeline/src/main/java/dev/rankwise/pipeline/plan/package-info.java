/**
 * What a run computes and in which order, decided before it starts.
 *
 * <p>Read {@link dev.rankwise.pipeline.plan.StepPlan} first. Everything here is a pure function of
 * the examples' lengths and the settings; nothing knows Spark, files, time or how many executors
 * there are.
 */
package dev.rankwise.pipeline.plan;
