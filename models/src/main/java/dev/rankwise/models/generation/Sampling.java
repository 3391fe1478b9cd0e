package dev.rankwise.models.generation;

import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * How the next token is chosen from the scores s of all tokens, in the order and with the meaning
 * of transformers' {@code generate}.
 *
 * <ol>
 *   <li>Repetition penalty r: of each token that stands in the prompt or was chosen before, s
 *       becomes s / r where it is positive and s · r where it is not. Source: arXiv 1909.05858,
 *       section 4.1.
 *   <li>At temperature 0 the highest score is taken, of equal ones the lowest id, and nothing is
 *       drawn. Otherwise s becomes s / temperature.
 *   <li>Top-k: only scores that are not below the k-th highest stay; ties with it stay too.
 *   <li>Top-p: tokens are ordered by score, highest first and of equal ones the lowest id first,
 *       and one stays if the probabilities before it sum to less than p; the first always stays.
 *       Source: arXiv 1904.09751, section 3.1.
 *   <li>One token is drawn by softmax(s) over those that stay.
 * </ol>
 *
 * @param temperature 0 for the best token each time, at most {@value #HIGHEST_TEMPERATURE}
 * @param topK how many of the best tokens may be drawn, at least 1; 0 for all
 * @param topP probability that the drawn ones hold together, in (0, 1]; 1 for all
 * @param repetitionPenalty above 0; 1 for none, above it repeats become rarer
 */
public record Sampling(double temperature, int topK, double topP, double repetitionPenalty)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The highest temperature: beyond, all tokens are about equally likely. */
  public static final double HIGHEST_TEMPERATURE = 100;

  private static final double HIGHEST_PENALTY = 100;

  public Sampling {
    List<String> problems = new ArrayList<>();
    if (!(temperature >= 0 && temperature <= HIGHEST_TEMPERATURE)) {
      problems.add(
          "temperature is %s (must be from 0, the best token each time, to %s)"
              .formatted(temperature, HIGHEST_TEMPERATURE));
    }
    if (topK < 0) {
      problems.add("top-k is %s (must be at least 1, or 0 for all tokens)".formatted(topK));
    }
    if (!(topP > 0 && topP <= 1)) {
      problems.add("top-p is %s (must be above 0 and at most 1)".formatted(topP));
    }
    if (!(repetitionPenalty > 0 && repetitionPenalty <= HIGHEST_PENALTY)) {
      problems.add(
          "repetition penalty is %s (must be above 0 and at most %s; 1 for none)"
              .formatted(repetitionPenalty, HIGHEST_PENALTY));
    }
    if (temperature == 0 && (topK > 0 || topP < 1)) {
      problems.add(
          "top-k and top-p choose what is drawn from, and at temperature 0 nothing is drawn (give a"
              + " temperature above 0, such as 1, or leave them out)");
    }
    if (!problems.isEmpty()) {
      throw new UserInputException("Cannot generate: " + String.join("; ", problems));
    }
  }

  /** The best token each time. */
  public static Sampling greedy() {
    return new Sampling(0, 0, 1, 1);
  }

  /** Whether a token is drawn rather than taken for its score. */
  public boolean draws() {
    return temperature > 0;
  }

  /** Whether the highest score decides as it is. */
  boolean takesBestScore() {
    return !draws() && repetitionPenalty == 1;
  }
}
