package dev.rankwise.jobs.mlflow;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.run.RunFolders;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.pipeline.checkpoint.LocalStorage;
import dev.rankwise.pipeline.checkpoint.RemoteRunFolder;
import dev.rankwise.pipeline.checkpoint.Storage;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A run that came to its end, as it lies in its folder, or in that of a version that was made of
 * it, which lacks steps and report. It is read without holding it: what is there is whole.
 */
public final class FinishedFolder implements AutoCloseable {
  private static final long MOST_BYTES = 64L << 20;
  private static final long MOST_ADAPTER_BYTES = Integer.MAX_VALUE - 8;
  private static final List<String> BESIDE_THE_ADAPTER =
      List.of(
          RunFiles.RECIPE, RunFiles.RESULT, RunFiles.EVALUATION, RunFiles.LINEAGE, RunFiles.REPORT);

  private final String directory;
  private final Storage storage;
  private final List<String> names;
  private final Recipe recipe;
  private final ObjectNode result;
  private final ObjectNode lineage;

  private FinishedFolder(
      String directory,
      Storage storage,
      List<String> names,
      Recipe recipe,
      ObjectNode result,
      ObjectNode lineage) {
    this.directory = directory;
    this.storage = storage;
    this.names = names;
    this.recipe = recipe;
    this.result = result;
    this.lineage = lineage;
  }

  /**
   * Opens it; empty if no run lies there, or one that has not succeeded.
   *
   * @param directory its path or address
   * @param spark says how file systems are reached
   */
  public static Optional<FinishedFolder> open(String directory, SparkSection spark) {
    Storage storage = RunFolders.storage(directory, spark);
    Optional<FinishedFolder> opened = Optional.empty();
    try {
      opened = opened(directory, storage);
      return opened;
    } catch (IOException e) {
      throw FileFailure.reading(Redaction.shown(directory), e);
    } finally {
      if (opened.isEmpty()) {
        storage.close();
      }
    }
  }

  private static Optional<FinishedFolder> opened(String directory, Storage storage)
      throws IOException {
    List<String> names = storage.list("");
    if (!names.containsAll(List.of(RunFiles.RESULT, RunFiles.RECIPE, RunFiles.LINEAGE))) {
      return Optional.empty();
    }
    ObjectNode result = json(directory, storage, RunFiles.RESULT);
    if (!result.path("status").asText().equals("succeeded")) {
      return Optional.empty();
    }
    String yaml = new String(storage.read(RunFiles.RECIPE, MOST_BYTES), StandardCharsets.UTF_8);
    Recipe recipe = Recipe.parse(yaml, directory + "/" + RunFiles.RECIPE, List.of());
    ObjectNode lineage = json(directory, storage, RunFiles.LINEAGE);
    return Optional.of(new FinishedFolder(directory, storage, names, recipe, result, lineage));
  }

  private static ObjectNode json(String directory, Storage storage, String name)
      throws IOException {
    return StrictJson.parse(storage.read(name, MOST_BYTES), directory + "/" + name);
  }

  /** What a user calls it. */
  String shown() {
    return Redaction.shown(directory);
  }

  /** What was asked for. */
  public Recipe recipe() {
    return recipe;
  }

  /** The run's name: the last part of where it was made. */
  String name() {
    String made = recipe.output().directory().isEmpty() ? directory : recipe.output().directory();
    String path = made.replaceAll("/+$", "");
    String name = path.substring(path.lastIndexOf('/') + 1);
    return name.isEmpty() ? "run" : name;
  }

  /** How it ended. */
  ObjectNode result() {
    return result;
  }

  /** Where it comes from. */
  ObjectNode lineage() {
    return lineage;
  }

  /** Its figures on the held-out rows; empty where there are none. */
  Optional<ObjectNode> evaluation() throws IOException {
    return names.contains(RunFiles.EVALUATION)
        ? Optional.of(json(directory, storage, RunFiles.EVALUATION))
        : Optional.empty();
  }

  /** A line a step, the first one first; none in the folder of a version. */
  List<String> steps() throws IOException {
    return names.contains(RunFiles.METRICS)
        ? new String(storage.read(RunFiles.METRICS, MOST_ADAPTER_BYTES), StandardCharsets.UTF_8)
            .lines()
            .toList()
        : List.of();
  }

  /** Whether the steps of the run lie here. */
  public boolean hasSteps() {
    return names.contains(RunFiles.METRICS);
  }

  /** Hash of the numbers that were trained: an adapter's, or those of a whole model. */
  public String trainedSha256() {
    return result.path(isModel() ? "model_sha256" : "adapter_sha256").asText();
  }

  /** Whether all weights were trained, which are not sent. */
  boolean isModel() {
    return !result.has("adapter_sha256");
  }

  /**
   * What makes a run the same run wherever it lies: hash of recipe, rows, base and what was
   * trained.
   */
  String identity() {
    return Sha256.ofText(
        String.join(
            "\n",
            recipe.sha256(),
            lineage.path("data_sha256").asText(),
            lineage.path("base_sha256").asText(),
            trainedSha256()));
  }

  /**
   * What is sent of it, the adapter last.
   *
   * @throws CorruptFileException if the adapter is not what the run wrote
   */
  List<SentFile> files() throws IOException {
    List<SentFile> files = new ArrayList<>();
    for (String name : BESIDE_THE_ADAPTER) {
      if (names.contains(name)) {
        files.add(ofBytes(name, storage.read(name, MOST_BYTES)));
      }
    }
    if (!isModel() && storage instanceof LocalStorage local) {
      addLocal(local.root(), files);
    } else if (!isModel()) {
      addFetched(RunFiles.ADAPTER, files);
    }
    return files;
  }

  private void addLocal(Path root, List<SentFile> files) throws IOException {
    try (Stream<Path> walked = Files.walk(root.resolve(RunFiles.ADAPTER))) {
      for (Path file : walked.filter(Files::isRegularFile).sorted().toList()) {
        String name = root.relativize(file).toString().replace('\\', '/');
        requireTrained(name, name.equals(weights()) ? Sha256.ofFile(file) : "");
        files.add(new SentFile(name, Files.size(file), () -> BodyPublishers.ofFile(file)));
      }
    }
  }

  /** Of a file system that is reached by address. */
  private void addFetched(String folder, List<SentFile> files) throws IOException {
    for (String name : storage.list(folder)) {
      String path = folder + "/" + name;
      if (name.equals(RemoteRunFolder.COMMITTED)) {
        continue;
      }
      if (storage.isFolder(path)) {
        addFetched(path, files);
      } else {
        byte[] bytes = storage.read(path, MOST_ADAPTER_BYTES);
        requireTrained(path, path.equals(weights()) ? Sha256.ofBytes(bytes) : "");
        files.add(ofBytes(path, bytes));
      }
    }
  }

  private static String weights() {
    return RunFiles.ADAPTER + "/" + PeftDirectory.WEIGHTS;
  }

  private void requireTrained(String name, String found) {
    if (!found.isEmpty() && !found.equals(trainedSha256())) {
      throw new CorruptFileException(
          ("%s in %s has SHA-256 %s, and the run wrote %s, so something else changed it; remove the"
                  + " run folder to tune anew")
              .formatted(name, shown(), found, trainedSha256()));
    }
  }

  private static SentFile ofBytes(String name, byte[] bytes) {
    return new SentFile(name, bytes.length, () -> BodyPublishers.ofByteArray(bytes));
  }

  @Override
  public void close() {
    storage.close();
  }
}
