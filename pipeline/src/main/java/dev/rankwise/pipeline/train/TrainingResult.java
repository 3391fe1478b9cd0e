package dev.rankwise.pipeline.train;

/**
 * What a run reached.
 *
 * @param parameters the trained parameters, (parameters)
 * @param steps number of steps
 * @param lossFirst loss of the first step
 * @param lossLast loss of the last step
 * @param tokens tokens that were computed
 * @param seconds length of the training loop
 */
public record TrainingResult(
    float[] parameters, int steps, double lossFirst, double lossLast, long tokens, double seconds) {

  public TrainingResult {
    parameters = parameters.clone();
  }

  @Override
  public float[] parameters() {
    return parameters.clone();
  }

  /** Computed tokens a second over the whole loop. */
  public double tokensPerSecond() {
    return seconds > 0 ? tokens / seconds : 0;
  }
}
