package dev.rankwise.pipeline.executor;

import java.io.Serializable;

/**
 * Names one vector of parameters among all that an executor may hear of.
 *
 * @param run the run it belongs to
 * @param step the step that is computed with it
 */
public record ParameterVersion(String run, int step) implements Serializable {}
