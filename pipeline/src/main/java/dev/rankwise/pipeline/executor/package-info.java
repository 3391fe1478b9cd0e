/**
 * What runs on executors: the examples of a group, the resident model, and the task of a step.
 *
 * <p>Read {@link dev.rankwise.pipeline.executor.GradientTask} first. Executors are stateless and
 * disposable: nothing here knows the optimizer, the schedule or which step comes next.
 */
package dev.rankwise.pipeline.executor;
