package dev.rankwise.pipeline.evaluate;

/** What follows from the class scores of one sequence. */
public final class ClassScores {

  private ClassScores() {}

  /** The class with the highest score; of equals the first. */
  public static int argmax(float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    return best;
  }

  /**
   * Cross-entropy {@code log Σ exp(z[i]) − z[truth]} in nats, in double, shifted by the highest
   * score so that nothing overflows.
   */
  public static double crossEntropy(float[] scores, int truth) {
    double highest = scores[argmax(scores)];
    double sum = 0;
    for (float score : scores) {
      sum += StrictMath.exp(score - highest);
    }
    return highest + StrictMath.log(sum) - scores[truth];
  }

  /** Probabilities {@code exp(z[i]) / Σ exp(z[j])}, in double. */
  public static double[] softmax(float[] scores) {
    double highest = scores[argmax(scores)];
    double[] probabilities = new double[scores.length];
    double sum = 0;
    for (int i = 0; i < scores.length; i++) {
      probabilities[i] = StrictMath.exp(scores[i] - highest);
      sum += probabilities[i];
    }
    for (int i = 0; i < scores.length; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }
}
