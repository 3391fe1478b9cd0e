package dev.rankwise.jobs.conf;

import dev.rankwise.models.network.BaseType;
import java.util.Optional;

/**
 * What a run leaves, and where. Driver only.
 *
 * @param directory the run folder; empty where the command line has to name it
 * @param checkpoints what an interrupted run goes on with
 * @param modelDtype element type of the weights that full fine-tuning writes; empty for the base's
 */
public record OutputSection(
    String directory, Checkpoints checkpoints, Optional<BaseType> modelDtype) {

  /**
   * What an interrupted run goes on with.
   *
   * @param directory where checkpoints lie; empty for the run folder
   * @param everySteps steps between two
   * @param kept how many of the newest stay
   */
  public record Checkpoints(String directory, int everySteps, int kept) {

    static Checkpoints of(RecipeValues values) {
      return new Checkpoints(
          values.text("output.checkpoint-directory"),
          values.whole("output.checkpoint-every-steps"),
          values.whole("output.checkpoints-kept"));
    }
  }

  static OutputSection of(RecipeValues values) {
    return new OutputSection(
        values.text("output.directory"),
        Checkpoints.of(values),
        values.has("output.model-dtype")
            ? Optional.of(values.constant(BaseType.class, "output.model-dtype"))
            : Optional.empty());
  }
}
