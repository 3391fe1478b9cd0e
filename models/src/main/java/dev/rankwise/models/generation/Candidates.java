package dev.rankwise.models.generation;

import dev.rankwise.models.failure.CorruptFileException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * The tokens that may be chosen next, most likely first.
 *
 * <p>All arithmetic is in double, in one order and without the platform's exponential, so the same
 * scores give the same token everywhere.
 *
 * @param ids token ids by falling score, of equal ones the lowest first
 * @param probabilities of each of them; they sum to 1
 */
record Candidates(int[] ids, double[] probabilities) {

  /**
   * The candidates by the rules of {@link Sampling}.
   *
   * @param scores of all tokens
   * @param seen ids that stand in the prompt or were chosen before
   */
  static Candidates of(float[] scores, BitSet seen, Sampling sampling) {
    double[] logits = penalised(scores, seen, sampling.repetitionPenalty());
    if (!sampling.draws()) {
      return new Candidates(new int[] {best(logits)}, new double[] {1});
    }
    for (int i = 0; i < logits.length; i++) {
      logits[i] /= sampling.temperature();
    }
    int[] ids = ordered(logits, sampling.topK());
    double[] weights = new double[ids.length];
    double sum = 0;
    for (int i = 0; i < ids.length; i++) {
      weights[i] = StrictMath.exp(logits[ids[i]] - logits[ids[0]]);
      sum += weights[i];
    }
    int kept = likeliest(weights, sum, sampling.topP());
    double held = 0;
    for (int i = 0; i < kept; i++) {
      held += weights[i];
    }
    double[] probabilities = new double[kept];
    for (int i = 0; i < kept; i++) {
      probabilities[i] = weights[i] / held;
    }
    return new Candidates(Arrays.copyOf(ids, kept), probabilities);
  }

  /**
   * The first token up to which the probabilities sum to more than {@code number}.
   *
   * @param number in [0, 1)
   */
  int at(double number) {
    double sum = 0;
    for (int i = 0; i < ids.length; i++) {
      sum += probabilities[i];
      if (number < sum) {
        return ids[i];
      }
    }
    return ids[ids.length - 1];
  }

  private static double[] penalised(float[] scores, BitSet seen, double penalty) {
    double[] logits = new double[scores.length];
    for (int i = 0; i < logits.length; i++) {
      if (!Float.isFinite(scores[i])) {
        throw notFinite();
      }
      logits[i] = scores[i];
    }
    if (penalty != 1) {
      seen.stream()
          .forEach(id -> logits[id] = logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty);
    }
    return logits;
  }

  /** The failure of scores from which nothing can be chosen. */
  static CorruptFileException notFinite() {
    return new CorruptFileException(
        "Cannot choose the next token: the scores are not finite numbers, so the base or the"
            + " adapter holds values that are none or overflow; fetch the base again, or use an"
            + " adapter whose training did not diverge");
  }

  private static int best(double[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }

  /** Ids by falling score; with {@code topK} those that are not below the k-th. */
  private static int[] ordered(double[] logits, int topK) {
    double[] rising = logits.clone();
    Arrays.sort(rising);
    double least = topK == 0 || topK >= rising.length ? rising[0] : rising[rising.length - topK];
    return IntStream.range(0, logits.length)
        .filter(id -> logits[id] >= least)
        .boxed()
        .sorted((a, b) -> logits[a] == logits[b] ? a - b : Double.compare(logits[b], logits[a]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static int likeliest(double[] weights, double sum, double topP) {
    if (topP == 1) {
      return weights.length;
    }
    int kept = 1;
    double before = weights[0];
    while (kept < weights.length && before / sum < topP) {
      before += weights[kept];
      kept++;
    }
    return kept;
  }
}
