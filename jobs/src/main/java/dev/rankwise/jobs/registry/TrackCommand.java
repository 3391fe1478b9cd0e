package dev.rankwise.jobs.registry;

import dev.rankwise.jobs.conf.OutputSection;
import dev.rankwise.jobs.conf.OutputSection.Tracking;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.mlflow.FinishedFolder;
import dev.rankwise.jobs.mlflow.Tracker;
import dev.rankwise.jobs.run.RunFolders;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.pipeline.checkpoint.Storage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code track DIR...}: sends what an MLflow server lacks of runs, nights and registries. */
@Command(
    name = "track",
    description =
        "Sends to an MLflow server what it lacks of runs, nights and registries. What is there is not"
            + " sent again.",
    mixinStandardHelpOptions = true)
public final class TrackCommand implements Callable<Integer> {
  private static final String NIGHT = "night.json";

  @Parameters(
      paramLabel = "DIR",
      arity = "1..*",
      description = "Run folders, folders of nights and registries, by path or address.")
  private List<String> directories;

  @Option(
      names = "--to",
      paramLabel = "ADDRESS",
      description = "The server, instead of the one that the recipe in the folder names.")
  private String server;

  private final SparkSection spark = new SparkSection(new TreeMap<>());

  @Override
  public Integer call() {
    RunContext context = RunContext.ofThisProcess();
    for (String directory : directories) {
      List<String> names = list(directory, "");
      if (names.contains(RegistryFile.NAME)) {
        registry(directory, context);
      } else if (names.contains(NIGHT)) {
        nights(directory, context);
      } else if (names.contains(RunFiles.RESULT)) {
        run(directory, context);
      } else {
        throw new UserInputException(
            ("Nothing to send lies at %s: it holds neither %s nor %s nor %s; name a run folder, a folder"
                    + " of nights or a registry")
                .formatted(Redaction.shown(directory), RunFiles.RESULT, NIGHT, RegistryFile.NAME));
      }
    }
    return 0;
  }

  private void run(String directory, RunContext context) {
    Optional<FinishedFolder> opened = FinishedFolder.open(directory, spark);
    if (opened.isEmpty()) {
      throw new UserInputException(
          ("The run in %s has not succeeded, so there is nothing to send of it yet; give its command"
                  + " again")
              .formatted(Redaction.shown(directory)));
    }
    try (FinishedFolder run = opened.get()) {
      tracker(directory, run.recipe().output().tracking(), context).now(run);
    }
  }

  private void registry(String directory, RunContext context) {
    FolderRegistry registry = FolderRegistry.existing(directory, spark, context.clock());
    Optional<Tracking> tracking = RegistryMirror.tracking(registry, spark);
    if (tracking.isEmpty()) {
      throw new UserInputException(
          "Nothing to send lies at %s: no version is registered there; name a folder of nights"
              .formatted(Redaction.shown(directory)));
    }
    send(directory, tracking.get(), new RegistryMirror(registry, Optional.empty(), spark), context);
  }

  private void nights(String directory, RunContext context) {
    OutputSection output = recipeOf(directory);
    String named = output.nightly().registry();
    String place = named.isEmpty() ? directory + "/" + RegistryMirror.IN_NIGHTS : named;
    FolderRegistry registry =
        FolderRegistry.of(place, output.nightly().model(), spark, context.clock());
    send(
        directory,
        output.tracking(),
        new RegistryMirror(registry, Optional.of(directory), spark),
        context);
  }

  /** What the nights' recipe says, by a run that is done. */
  private OutputSection recipeOf(String directory) {
    for (String name : list(directory, RegistryMirror.RUNS)) {
      Optional<FinishedFolder> opened =
          FinishedFolder.open(directory + "/" + RegistryMirror.RUNS + "/" + name, spark);
      if (opened.isPresent()) {
        try (FinishedFolder run = opened.get()) {
          return run.recipe().output();
        }
      }
    }
    throw new UserInputException(
        "Nothing to send lies at %s: no run of a night is done there; name the registry"
            .formatted(Redaction.shown(directory)));
  }

  private void send(
      String directory, Tracking tracking, RegistryMirror registry, RunContext context) {
    tracker(directory, tracking, context)
        .now(
            mirror -> {
              registry.send(mirror);
              mirror.say("has all of " + Redaction.shown(directory));
            });
  }

  private Tracker tracker(String directory, Tracking named, RunContext context) {
    Tracking tracking = server == null ? named : named.at(server);
    return Tracker.of(tracking, context)
        .orElseThrow(
            () ->
                new UserInputException(
                    ("Cannot send %s: its recipe names no server (tracking.mlflow); name one with --to"
                            + " http://HOST:PORT")
                        .formatted(Redaction.shown(directory))));
  }

  private List<String> list(String directory, String folder) {
    try (Storage storage = RunFolders.storage(directory, spark)) {
      return storage.list(folder);
    } catch (IOException e) {
      throw FileFailure.reading(Redaction.shown(directory), e);
    }
  }
}
