package dev.rankwise.jobs.conf;

import dev.rankwise.models.network.BaseType;
import java.util.Optional;

/**
 * What a run leaves, and where. Driver only.
 *
 * @param directory the run folder; empty where the command line has to name it
 * @param modelDtype element type of the weights that full fine-tuning writes; empty for the base's
 */
public record OutputSection(String directory, Optional<BaseType> modelDtype) {

  static OutputSection of(RecipeValues values) {
    return new OutputSection(
        values.text("output.directory"),
        values.has("output.model-dtype")
            ? Optional.of(values.constant(BaseType.class, "output.model-dtype"))
            : Optional.empty());
  }
}
