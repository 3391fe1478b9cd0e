package dev.rankwise.jobs.generate;

import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.jobs.stored.TextSettings;
import dev.rankwise.models.network.BaseType;
import java.util.List;
import java.util.Optional;

/**
 * What is asked of a generation.
 *
 * @param base a base, a run folder, or an adapter in PEFT's form
 * @param adapters further adapters
 * @param prompts what is gone on after, at least one
 * @param text how texts are generated
 * @param ignoresEnd whether a text goes on after tokens that end it
 * @param type element type of the base; if empty float32, or, where a run held its base in four
 *     bits, that of the run
 * @param task the task of all prompts, for adapters that route by tasks
 * @param shape how pictures that are not square become so; as in the adapter's run, else padded, if
 *     empty
 */
public record GenerationRequest(
    String base,
    List<NamedAdapter> adapters,
    List<Prompt> prompts,
    TextSettings text,
    boolean ignoresEnd,
    Optional<BaseType> type,
    Optional<String> task,
    Optional<Squaring> shape) {

  public GenerationRequest {
    adapters = List.copyOf(adapters);
    prompts = List.copyOf(prompts);
  }
}
