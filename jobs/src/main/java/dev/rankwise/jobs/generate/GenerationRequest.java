package dev.rankwise.jobs.generate;

import dev.rankwise.models.generation.Sampling;
import dev.rankwise.models.network.BaseType;
import java.util.List;
import java.util.Optional;

/**
 * What is asked of a generation.
 *
 * @param base a base, a run folder, or an adapter in PEFT's form
 * @param adapters further adapters
 * @param prompts what is gone on after, at least one
 * @param chatFormat how prompts are put to the model; by default the base's own template, or none
 * @param mostTokens how many new tokens a text gets at most
 * @param sampling how tokens are chosen
 * @param seed of what is drawn
 * @param stops texts before which one ends
 * @param batchSize texts side by side
 * @param ignoresEnd whether a text goes on after tokens that end it
 * @param type element type of the base
 */
public record GenerationRequest(
    String base,
    List<NamedAdapter> adapters,
    List<Prompt> prompts,
    Optional<String> chatFormat,
    int mostTokens,
    Sampling sampling,
    long seed,
    List<String> stops,
    int batchSize,
    boolean ignoresEnd,
    BaseType type) {

  public GenerationRequest {
    adapters = List.copyOf(adapters);
    prompts = List.copyOf(prompts);
    stops = List.copyOf(stops);
  }
}
