package dev.rankwise.jobs.stored;

import dev.rankwise.models.generation.Sampling;
import java.util.List;
import java.util.Optional;

/**
 * How texts are generated.
 *
 * @param chatFormat how prompts are put to the model; by default as in the adapter's training data,
 *     else by the base's own template if it has one
 * @param mostTokens how many new tokens a text gets at most
 * @param sampling how tokens are chosen
 * @param seed of what is drawn
 * @param stops texts before which one ends
 * @param batchSize texts side by side
 */
public record TextSettings(
    Optional<String> chatFormat,
    int mostTokens,
    Sampling sampling,
    long seed,
    List<String> stops,
    int batchSize) {

  public TextSettings {
    stops = List.copyOf(stops);
  }
}
