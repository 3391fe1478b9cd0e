package dev.rankwise.pipeline.reduce;

import dev.rankwise.models.network.GroupSum.Said;
import java.util.List;

/**
 * The gradient of one step, summed over its groups.
 *
 * @param step number of the step
 * @param gradient mean gradient, (parameters); the array itself, since clipping works in place
 * @param loss mean loss of the step's examples
 * @param examples number of examples
 * @param tokens number of tokens
 * @param asides what products said beside their results, by micro-batch in the order of the plan
 * @param finite whether every group's loss and gradient were finite, and their sum is
 */
public record StepGradient(
    long step,
    float[] gradient,
    double loss,
    long examples,
    long tokens,
    List<Said> asides,
    boolean finite) {

  public StepGradient {
    asides = List.copyOf(asides);
  }

  /** The same with another gradient, such as one with terms that no example gives. */
  public StepGradient withGradient(float[] newGradient) {
    return new StepGradient(step, newGradient, loss, examples, tokens, asides, finite);
  }
}
