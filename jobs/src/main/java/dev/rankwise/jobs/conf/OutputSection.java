package dev.rankwise.jobs.conf;

import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.BaseType;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a run leaves, and where. Driver only.
 *
 * @param directory the run folder; empty where the command line has to name it
 * @param checkpoints what an interrupted run goes on with
 * @param modelDtype element type of the weights that full fine-tuning writes; empty for the base's
 * @param nightly what a night does around a run
 * @param tracking who is told of runs that are done
 */
public record OutputSection(
    String directory,
    Checkpoints checkpoints,
    Optional<BaseType> modelDtype,
    Nightly nightly,
    Tracking tracking) {

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
   * Who is told of runs that are done. Nothing that a run computes depends on it.
   *
   * @param mlflow address of an MLflow server, without a slash at its end; empty for none
   * @param experiment the experiment that runs are put into
   * @param model the registered model that versions of nights are of
   * @param limit how long one call may take
   */
  public record Tracking(String mlflow, String experiment, String model, Duration limit) {
    private static final String ADDRESS = "tracking.mlflow";

    /** What MLflow refuses in a name, and what would end a quoted name in its searches. */
    private static final Pattern NO_NAME = Pattern.compile("[/:\"'`\\p{Cntrl}]");

    static List<RecipeKey> keys() {
      return List.of(
          RecipeKey.of(
                  ADDRESS,
                  KeyType.text(),
                  "address of an MLflow server that is told of each run that `tune` and `nightly` have"
                      + " done; user and password come from the environment; see"
                      + " [monitoring](monitoring.md#mlflow)")
              .otherwise("none"),
          RecipeKey.of("tracking.experiment", KeyType.text(), "MLflow's experiment for the runs")
              .byDefault("rankwise"),
          RecipeKey.of(
                  "tracking.model",
                  KeyType.text(),
                  "MLflow's registered model for the versions of nights; one registry each")
              .otherwise("`nightly.model`"),
          RecipeKey.of(
                  "tracking.timeout-seconds",
                  KeyType.whole("[1, 3600]"),
                  "how long one call may take until the server counts as away")
              .in("seconds")
              .byDefault(30L));
    }

    static Tracking of(RecipeValues values) {
      String model = values.has("tracking.model") ? "tracking.model" : "nightly.model";
      return new Tracking(
          values.text(ADDRESS).replaceAll("/+$", ""),
          values.text("tracking.experiment"),
          values.text(model),
          Duration.ofSeconds(values.whole("tracking.timeout-seconds")));
    }

    /** Whether anybody is told. */
    public boolean isAsked() {
      return !mlflow.isEmpty();
    }

    /**
     * The same with another server.
     *
     * @throws UserInputException if that is no address of one
     */
    public Tracking at(String address) {
      problem(address)
          .ifPresent(
              problem -> {
                throw new UserInputException("Cannot send to MLflow: " + problem);
              });
      return new Tracking(address.replaceAll("/+$", ""), experiment, model, limit);
    }

    /** All that is wrong with these keys of a recipe. */
    static List<String> problems(RecipeValues values) {
      List<String> problems = new ArrayList<>();
      if (!values.has(ADDRESS)) {
        return problems;
      }
      problem(values.text(ADDRESS)).ifPresent(problem -> problems.add(ADDRESS + ": " + problem));
      Tracking tracking = of(values);
      if (NO_NAME.matcher(tracking.model()).find()) {
        problems.add(
            ("tracking.model: MLflow takes no \"%s\" as a model's name (must be without / : and"
                    + " quotation marks); give another one")
                .formatted(Redaction.shown(tracking.model())));
      }
      return problems;
    }

    private static Optional<String> problem(String address) {
      return isServer(address)
          ? Optional.empty()
          : Optional.of(
              ("\"%s\" is no address of an MLflow server (must be http:// or https:// with a host,"
                      + " and without user, query and fragment); write http://HOST:PORT, and give user"
                      + " and password by MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD")
                  .formatted(Redaction.shown(address)));
    }

    private static boolean isServer(String address) {
      try {
        URI uri = new URI(address);
        return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
            && uri.getHost() != null
            && uri.getRawUserInfo() == null
            && uri.getRawQuery() == null
            && uri.getRawFragment() == null;
      } catch (URISyntaxException e) {
        return false;
      }
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
        Nightly.of(values),
        Tracking.of(values));
  }
}
