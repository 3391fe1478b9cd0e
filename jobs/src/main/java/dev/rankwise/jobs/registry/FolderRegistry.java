package dev.rankwise.jobs.registry;

import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.run.RunFolders;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.checkpoint.Storage;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/**
 * A registry in a folder of any file system that Hadoop knows.
 *
 * <pre>
 * registry.json         versions, aliases, promotions ({@link RegistryFile})
 * version-00000001/     adapter/, recipe, figures and lineage of its run, version.json
 * .rankwise/            the mark that the folder is ours, the lock
 * </pre>
 *
 * <p>A version's folder is put in place first, and is one from when {@code registry.json} names it.
 * Who writes holds the folder, for a moment; who reads does not.
 */
public final class FolderRegistry implements ModelRegistry {
  /** The card of a version in its own folder. */
  static final String CARD = "version.json";

  /** How long another writer is waited for, which holds the folder for a moment. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final List<String> OF_RUNS = List.of(RunFiles.RESULT, RunFiles.RECIPE);

  private final String directory;
  private final Optional<String> model;
  private final SparkSection spark;
  private final Clock clock;

  private FolderRegistry(
      String directory, Optional<String> model, SparkSection spark, Clock clock) {
    this.directory = directory;
    this.model = model;
    this.spark = spark;
    this.clock = clock;
  }

  /**
   * The registry of a model, which is made with its first version.
   *
   * @param directory its path or address
   * @param model what its versions are of
   * @param spark says how file systems are reached
   */
  public static FolderRegistry of(String directory, String model, SparkSection spark, Clock clock) {
    return new FolderRegistry(directory, Optional.of(model), spark, clock);
  }

  /**
   * The registry that lies in a folder, whatever its model.
   *
   * @throws UserInputException if none lies there
   */
  public static FolderRegistry existing(String directory, SparkSection spark, Clock clock) {
    FolderRegistry registry = new FolderRegistry(directory, Optional.empty(), spark, clock);
    if (registry.read(RegistryFile.NAME).isEmpty()) {
      throw new UserInputException(
          "No registry lies at %s: it holds no %s; name the folder of one"
              .formatted(Redaction.shown(directory), RegistryFile.NAME));
    }
    return registry;
  }

  /** What its versions are of. */
  public String model() {
    return file().model();
  }

  @Override
  public void requireUsable() {
    try (RunFolder folder = claimed()) {
      RegistryFile unused = file(folder);
    }
  }

  @Override
  public List<RegisteredVersion> versions() {
    return file().versions().stream().map(this::version).toList();
  }

  @Override
  public Optional<RegisteredVersion> at(Alias alias) {
    RegistryFile file = file();
    OptionalInt number =
        switch (alias) {
          case CANDIDATE -> file.candidate();
          case CHAMPION -> file.champion();
        };
    return number.isEmpty() ? Optional.empty() : Optional.of(version(file, number.getAsInt()));
  }

  @Override
  public Optional<RegisteredVersion> ofRun(String runKey) {
    return file().ofRun(runKey).map(this::version);
  }

  @Override
  public boolean wasPromoted(int version) {
    return file().wasPromoted(version);
  }

  @Override
  public RegisteredVersion register(NewVersion version) {
    try (RunFolder folder = claimed()) {
      RegistryFile file = file(folder);
      Optional<RegistryFile.Entry> there = file.ofRun(version.card().runKey());
      if (there.isPresent()) {
        return version(there.get());
      }
      String name = name(file.next());
      requireFree(folder, name, version.card());
      folder.commitDirectory(
          name,
          staging -> {
            version.files().write(staging);
            AtomicFile.write(staging.resolve(CARD), JsonFile.text(version.card().fields()) + "\n");
          });
      RegistryFile more = file.with(version.card(), clock.instant());
      JsonFile.commit(folder, RegistryFile.NAME, more.fields());
      return version(more, file.next());
    }
  }

  @Override
  public RegisteredVersion promote(int version, String by) {
    return moved(file -> file.promoted(version, by, clock.instant()));
  }

  @Override
  public RegisteredVersion rollBack() {
    return moved(file -> file.rolledBack(clock.instant()));
  }

  private RegisteredVersion moved(UnaryOperator<RegistryFile> move) {
    try (RunFolder folder = claimed()) {
      RegistryFile before = file(folder);
      RegistryFile after = move.apply(before);
      if (!after.equals(before)) {
        JsonFile.commit(folder, RegistryFile.NAME, after.fields());
      }
      return version(after, after.champion().orElseThrow());
    }
  }

  private RunFolder claimed() {
    return RunFolders.claimWithin(PATIENCE, directory, spark, clock, held -> {});
  }

  private RegistryFile file() {
    return file(read(RegistryFile.NAME));
  }

  /** What the folder says that this process holds. */
  private RegistryFile file(RunFolder folder) {
    Optional<byte[]> bytes = folder.read(RegistryFile.NAME, RegistryFile.MOST_BYTES);
    if (bytes.isEmpty()) {
      OF_RUNS.stream().filter(folder::holds).findFirst().ifPresent(this::refuseRun);
    }
    return file(bytes);
  }

  private void refuseRun(String name) {
    throw new UserInputException(
        "Cannot use %s as a registry: it holds %s, so it is a run folder; name another folder"
            .formatted(Redaction.shown(directory), name));
  }

  private RegistryFile file(Optional<byte[]> bytes) {
    RegistryFile file =
        bytes
            .map(it -> RegistryFile.read(it, directory + "/" + RegistryFile.NAME))
            .orElseGet(() -> RegistryFile.empty(model.orElse("")));
    if (model.isPresent() && !model.get().equals(file.model())) {
      throw new UserInputException(
          ("Cannot use registry %s for model \"%s\": it keeps the versions of model \"%s\"; name"
                  + " another folder in nightly.registry, or that model in nightly.model")
              .formatted(
                  Redaction.shown(directory),
                  Redaction.shown(model.get()),
                  Redaction.shown(file.model())));
    }
    return file;
  }

  /** A version that was put in place and is not named yet is put there again; nothing else is. */
  private void requireFree(RunFolder folder, String name, VersionCard card) {
    if (!folder.holds(name)) {
      return;
    }
    Optional<String> key =
        read(name + "/" + CARD).flatMap(bytes -> runKey(bytes, folder.address(name)));
    if (!key.equals(Optional.of(card.runKey()))) {
      throw new UserInputException(
          ("Cannot register %s in %s: that name is taken by a folder which %s does not name, left"
                  + " half written or put there by another job; move it away")
              .formatted(name, Redaction.shown(directory), RegistryFile.NAME));
    }
  }

  private static Optional<String> runKey(byte[] bytes, String origin) {
    try {
      return VersionCard.of(StrictJson.parse(bytes, origin)).map(VersionCard::runKey);
    } catch (CorruptFileException e) {
      return Optional.empty();
    }
  }

  private Optional<byte[]> read(String name) {
    try (Storage storage = RunFolders.storage(directory, spark)) {
      int end = name.lastIndexOf('/');
      boolean there =
          storage.list(end < 0 ? "" : name.substring(0, end)).contains(name.substring(end + 1));
      return there ? Optional.of(storage.read(name, RegistryFile.MOST_BYTES)) : Optional.empty();
    } catch (IOException e) {
      throw FileFailure.reading(Redaction.shown(directory + "/" + name), e);
    }
  }

  private RegisteredVersion version(RegistryFile file, int number) {
    return version(file.versions().get(number - 1));
  }

  private RegisteredVersion version(RegistryFile.Entry entry) {
    return new RegisteredVersion(
        entry.number(), directory + "/" + name(entry.number()), entry.registered(), entry.card());
  }

  private static String name(int number) {
    return String.format(Locale.ROOT, "version-%08d", number);
  }
}
