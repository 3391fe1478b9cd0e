package dev.rankwise.jobs.conf;

import dev.rankwise.models.network.BaseType;
import java.util.List;
import java.util.Optional;

/**
 * What a run leaves, and where. Driver only.
 *
 * @param directory the run folder; empty where the command line has to name it
 * @param checkpoints what an interrupted run goes on with
 * @param modelDtype element type of the weights that full fine-tuning writes; empty for the base's
 * @param nightly what a night does around a run
 */
public record OutputSection(
    String directory, Checkpoints checkpoints, Optional<BaseType> modelDtype, Nightly nightly) {

  /**
   * What a night does around a run.
   *
   * @param registry where versions are kept; empty for the night's folder
   * @param model name of what the versions are of
   * @param start what a night's adapter begins as
   * @param promotion who makes a registered version the one in use
   * @param waitMinutes how long one night waits for another that holds its folder
   */
  public record Nightly(
      String registry, String model, Start start, Promotion promotion, int waitMinutes) {

    /** What a night's adapter begins as. */
    public enum Start {
      /** The base with fresh factors, each night on all rows. */
      SCRATCH,
      /** The promoted adapter; from scratch where there is none. */
      LAST
    }

    /** Who makes a registered version the one in use. */
    public enum Promotion {
      /** The night that registered it. */
      AUTOMATIC,
      /** Somebody, by {@code registry --promote}. */
      BY_COMMAND
    }

    static List<RecipeKey> keys() {
      return List.of(
          RecipeKey.of(
                  "nightly.registry",
                  KeyType.text(),
                  "folder of the registered versions, a path or address; recipes of one model may"
                      + " share it")
              .otherwise("`registry` in the folder of the nights"),
          RecipeKey.of(
                  "nightly.model",
                  KeyType.text(),
                  "name of what the versions are of; a registry of another name is refused")
              .byDefault("adapter"),
          RecipeKey.of(
                  "nightly.start",
                  KeyType.choice(Words.all(List.of(Start.values()))),
                  "whether a night's adapter begins from scratch, or as the promoted one")
              .byDefault(Words.of(Start.SCRATCH)),
          RecipeKey.of(
                  "nightly.promotion",
                  KeyType.choice(Words.all(List.of(Promotion.values()))),
                  "whether a version that passed its gates is promoted by the night, or by"
                      + " `registry --promote`")
              .byDefault(Words.of(Promotion.AUTOMATIC)),
          RecipeKey.of(
                  "nightly.wait-minutes",
                  KeyType.whole("[0, 10080]"),
                  "how long a night waits for another that holds its folder; 0 leaves at once, with"
                      + " exit code 8")
              .in("minutes")
              .byDefault(0L));
    }

    static Nightly of(RecipeValues values) {
      return new Nightly(
          values.text("nightly.registry"),
          values.text("nightly.model"),
          values.constant(Start.class, "nightly.start"),
          values.constant(Promotion.class, "nightly.promotion"),
          values.whole("nightly.wait-minutes"));
    }
  }

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
            : Optional.empty(),
        Nightly.of(values));
  }
}
