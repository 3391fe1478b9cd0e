package dev.rankwise.models.generation;

import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.util.List;

/**
 * How texts go on and when they end.
 *
 * @param maximumNewTokens how many tokens a text gets at most, at least 1
 * @param sampling how each token is chosen
 * @param seed of everything that is drawn; a text's draws depend on it and on the text's number
 *     alone
 * @param endIds tokens that end a text
 * @param stopTexts texts at which one stops; none of them is empty
 * @param batchSize how many texts go on side by side, at least 1
 */
public record GenerationSettings(
    int maximumNewTokens,
    Sampling sampling,
    long seed,
    List<Integer> endIds,
    List<String> stopTexts,
    int batchSize)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  public GenerationSettings {
    if (maximumNewTokens < 1) {
      throw new UserInputException(
          "Cannot generate %s tokens (must be at least 1; set the most new tokens)"
              .formatted(maximumNewTokens));
    }
    if (batchSize < 1) {
      throw new UserInputException(
          "Cannot generate %s texts at a time (must be at least 1; set the batch size)"
              .formatted(batchSize));
    }
    if (stopTexts.contains("")) {
      throw new UserInputException(
          "Cannot stop at an empty text: every text begins with it (leave it out)");
    }
    endIds = List.copyOf(endIds);
    stopTexts = List.copyOf(stopTexts);
  }
}
