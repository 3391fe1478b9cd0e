package dev.rankwise.pipeline.reduce;

/**
 * The gradient of one step, summed over its groups.
 *
 * @param step number of the step
 * @param gradient mean gradient, (parameters); the array itself, since clipping works in place
 * @param loss mean loss of the step's examples
 * @param examples number of examples
 * @param tokens number of tokens
 * @param finite whether every group's loss and gradient were finite, and their sum is
 */
public record StepGradient(
    long step, float[] gradient, double loss, long examples, long tokens, boolean finite) {

  /** The same with another gradient, such as one with terms that no example gives. */
  public StepGradient withGradient(float[] newGradient) {
    return new StepGradient(step, newGradient, loss, examples, tokens, finite);
  }
}
