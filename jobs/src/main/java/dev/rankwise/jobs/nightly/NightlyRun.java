package dev.rankwise.jobs.nightly;

import dev.rankwise.adapters.plan.AdapterMethods;
import dev.rankwise.jobs.conf.OutputSection.Nightly;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.mlflow.Tracker;
import dev.rankwise.jobs.registry.FolderRegistry;
import dev.rankwise.jobs.registry.ModelRegistry;
import dev.rankwise.jobs.registry.RegistryMirror;
import dev.rankwise.jobs.run.RecipeCheck;
import dev.rankwise.jobs.run.RunFolders;
import dev.rankwise.jobs.session.FailureReport;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.jobs.session.SharedSpark;
import dev.rankwise.models.failure.GateFailedException;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One night, top to bottom: prepare, tune, evaluate, gate, register, promote, in one folder and one
 * Spark session. Each step may be done twice and gives the same; {@code night.json} says which are
 * done.
 *
 * <pre>
 * night.json        how far the night is            data/       the prepared rows
 * last.json         what it is compared with        runs/KEY/   a run folder for each key
 * night-KEY.json    earlier nights                  registry/   unless it lies elsewhere
 * </pre>
 *
 * @param recipe the recipe with settings that go before its own
 * @param context where to tell
 * @param listener is told how far it is
 */
public record NightlyRun(
    Function<List<String>, Recipe> recipe, RunContext context, NightListener listener) {
  private static final String REGISTRY = RegistryMirror.IN_NIGHTS;

  /**
   * Does what is to do.
   *
   * @throws GateFailedException if the adapter passed a gate not; it is kept in its run folder
   * @throws dev.rankwise.models.failure.RunHeldException if another night holds the folder longer
   *     than the recipe waits
   * @throws RankwiseException for what any step throws; the champion stays
   */
  public void run() {
    Recipe asked = recipe.apply(List.of());
    asked.notes().forEach(note -> context.say("Note: " + note));
    requireAdapter(asked);
    try {
      night(asked);
    } catch (GateFailedException e) {
      track(asked);
      throw e;
    }
    track(asked);
  }

  /** Sends what is unsent, of this night and of those before: nobody waits for it any more. */
  private void track(Recipe asked) {
    String directory = asked.output().directory();
    Tracker.of(asked.output().tracking(), context)
        .ifPresent(
            tracker ->
                tracker.afterwards(
                    directory,
                    "the next night, or by ",
                    mirror ->
                        new RegistryMirror(
                                registry(asked, directory), Optional.of(directory), asked.spark())
                            .send(mirror)));
  }

  private void night(Recipe asked) {
    try (RunFolder folder = claimed(asked);
        SharedSpark spark = new SharedSpark()) {
      Optional<Night> last =
          folder
              .read(Night.FILE, Night.MOST_BYTES)
              .map(bytes -> Night.read(bytes, folder.address(Night.FILE)));
      last.ifPresent(this::tellClock);
      ModelRegistry registry = registry(asked, folder.address());
      registry.requireUsable();
      spark.start("nightly", asked.spark());
      try (RunSession session =
          RunSession.start(
              "nightly", asked, base -> new RecipeCheck(asked, silent()).against(base))) {
        NightSteps steps =
            new NightSteps(recipe, asked, folder, session, registry, context, listener);
        if (steps.begin(last)) {
          finish(steps);
        }
      }
    }
  }

  /** Does what is left of a night, and records how it ends. */
  private static void finish(NightSteps steps) {
    try {
      steps.finish();
    } catch (Throwable e) {
      // Spark throws checked exceptions through methods that do not declare them.
      try {
        steps.failed(FailureReport.of(e));
      } catch (RuntimeException unrecorded) {
        e.addSuppressed(unrecorded);
      }
      throw e;
    }
  }

  /** Nothing goes by the clock but what is told: versions have numbers, and steps an order. */
  private void tellClock(Night last) {
    Duration ahead = Duration.between(context.clock().instant(), last.ended());
    if (ahead.toSeconds() > 0) {
      context.say(
          ("Note: the clock stands %s s before the end of the last night (%s); steps and versions go by"
                  + " their order, so nothing is lost, but their times will not: set the clock")
              .formatted(ahead.toSeconds(), last.ended()));
    }
  }

  private RunFolder claimed(Recipe asked) {
    String directory = asked.output().directory();
    if (directory.isEmpty()) {
      return RunFolders.claim(asked, context.clock());
    }
    return RunFolders.claimWithin(
        Duration.ofMinutes(asked.output().nightly().waitMinutes()),
        directory,
        asked.spark(),
        context.clock(),
        held ->
            context.say(
                "Waiting    for at most %s min: %s"
                    .formatted(asked.output().nightly().waitMinutes(), held.getMessage())));
  }

  private ModelRegistry registry(Recipe asked, String folder) {
    Nightly nightly = asked.output().nightly();
    String directory = nightly.registry().isEmpty() ? folder + "/" + REGISTRY : nightly.registry();
    return FolderRegistry.of(directory, nightly.model(), asked.spark(), context.clock());
  }

  private RunContext silent() {
    return new RunContext(new PrintStream(OutputStream.nullOutputStream()), context.clock(), false);
  }

  private static void requireAdapter(Recipe asked) {
    String method = asked.adapter().spec().method();
    if (AdapterMethods.named(method).peftType().isEmpty()) {
      throw new UserInputException(
          ("Cannot register what adapter.method %s makes: versions are adapters, and it leaves a whole"
                  + " model; choose a method such as lora, or use tune")
              .formatted(method));
    }
    asked
        .adapter()
        .start()
        .ifPresent(
            start -> {
              throw new UserInputException(
                  "A night's adapter begins as nightly.start says; leave adapter.start out, and set"
                      + " nightly.start to last to begin as the promoted one");
            });
  }
}
