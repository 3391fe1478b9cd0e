package dev.rankwise.jobs.registry;

import dev.rankwise.jobs.conf.OutputSection.Tracking;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.mlflow.FinishedFolder;
import dev.rankwise.jobs.mlflow.MlflowMirror;
import dev.rankwise.jobs.mlflow.SentRun;
import dev.rankwise.jobs.mlflow.UnsentException;
import dev.rankwise.jobs.run.RunFolders;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.text.CountText;
import dev.rankwise.pipeline.checkpoint.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tells an MLflow server of a registry. The registry says what there is, and the server what is
 * there already; what it lacks is sent, in the order of the versions, each with its run, and then
 * the aliases. So nothing has to remember what could not be sent.
 *
 * @param registry the registry
 * @param nights the folder of the nights that fill it, whose runs are sent too, also those that
 *     became no version; empty if only the registry is known
 * @param spark says how file systems are reached
 */
public record RegistryMirror(ModelRegistry registry, Optional<String> nights, SparkSection spark) {
  /** The folder of the runs in that of the nights. */
  static final String RUNS = "runs";

  /** Where the nights have their registry unless the recipe names another place. */
  public static final String IN_NIGHTS = "registry";

  /**
   * Who is told of a registry, by the recipe of its newest version.
   *
   * @return empty if there is no version, or its recipe names nobody
   */
  static Optional<Tracking> tracking(ModelRegistry registry, SparkSection spark) {
    List<RegisteredVersion> versions = registry.versions();
    if (versions.isEmpty()) {
      return Optional.empty();
    }
    Optional<FinishedFolder> newest =
        FinishedFolder.open(versions.get(versions.size() - 1).address(), spark);
    if (newest.isEmpty()) {
      return Optional.empty();
    }
    try (FinishedFolder run = newest.get()) {
      return Optional.of(run.recipe().output().tracking());
    }
  }

  /** Sends what is missing. */
  public void send(MlflowMirror mirror) throws UnsentException, IOException {
    Map<String, String> there = new LinkedHashMap<>(mirror.versions());
    int left = 0;
    for (RegisteredVersion version : registry.versions()) {
      if (!there.containsKey(version.card().runKey())) {
        Optional<String> number = sent(mirror, version);
        number.ifPresent(it -> there.put(version.card().runKey(), it));
        left += number.isPresent() ? 0 : 1;
      }
    }
    if (left > 0) {
      mirror.say(CountText.of(left, "version") + " not registered there for want of their files");
    }
    sendOtherRuns(mirror);
    if (there.isEmpty()) {
      return;
    }
    Map<String, String> aliases = mirror.aliases();
    for (Alias alias : Alias.values()) {
      Optional<String> on = registry.at(alias).map(version -> there.get(version.card().runKey()));
      if (on.isPresent() && !on.get().equals(aliases.get(alias.label()))) {
        mirror.alias(alias.label(), on.get());
      }
    }
  }

  /** Looks for the run folder first: a version keeps neither steps nor report. */
  private Optional<String> sent(MlflowMirror mirror, RegisteredVersion version)
      throws UnsentException, IOException {
    for (String place : places(version)) {
      Optional<FinishedFolder> opened = FinishedFolder.open(place, spark);
      if (opened.isEmpty()) {
        continue;
      }
      try (FinishedFolder run = opened.get()) {
        if (run.trainedSha256().equals(version.card().adapterSha256())) {
          return mirror.version(run, version.number(), version.card().runKey());
        }
      }
    }
    throw new CorruptFileException(
        ("Cannot send version %s: neither its folder %s nor that of its run holds the adapter with"
                + " SHA-256 %s; put a copy of the folder back")
            .formatted(version.number(), version.address(), version.card().adapterSha256()));
  }

  private List<String> places(RegisteredVersion version) {
    List<String> places = new ArrayList<>();
    nights.ifPresent(folder -> places.add(folder + "/" + RUNS + "/" + folderName(version)));
    Optional<FinishedFolder> opened = FinishedFolder.open(version.address(), spark);
    if (opened.isPresent()) {
      try (FinishedFolder run = opened.get()) {
        places.add(run.recipe().output().directory());
      }
    }
    places.add(version.address());
    return places;
  }

  /** Runs that became no version, since a gate failed or they were not registered yet. */
  private void sendOtherRuns(MlflowMirror mirror) throws UnsentException, IOException {
    if (nights.isEmpty()) {
      return;
    }
    List<String> ofVersions = registry.versions().stream().map(RegistryMirror::folderName).toList();
    for (String name : runs(nights.get())) {
      if (ofVersions.contains(name)) {
        continue;
      }
      Optional<FinishedFolder> opened =
          FinishedFolder.open(nights.get() + "/" + RUNS + "/" + name, spark);
      if (opened.isPresent()) {
        try (FinishedFolder run = opened.get()) {
          SentRun unused = mirror.run(run);
        }
      }
    }
  }

  private List<String> runs(String folder) throws IOException {
    try (Storage storage = RunFolders.storage(folder, spark)) {
      return storage.list(RUNS);
    }
  }

  /** A run of a night is named by the first digits of its key. */
  private static String folderName(RegisteredVersion version) {
    return version.card().shortKey();
  }
}
