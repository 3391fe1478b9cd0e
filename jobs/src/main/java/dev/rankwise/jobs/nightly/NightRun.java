package dev.rankwise.jobs.nightly;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.jobs.conf.EvaluateSection.Gate;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.lineage.RowIds;
import dev.rankwise.jobs.registry.NewVersion;
import dev.rankwise.jobs.registry.VersionCard;
import dev.rankwise.jobs.run.RunFolders;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.stored.FetchedAdapter;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The run folder of a night, as {@code tune} leaves it.
 *
 * @param recipe the recipe that names it
 * @param clock the time
 */
record NightRun(Recipe recipe, Clock clock) {
  /** What a version keeps of its run beside the adapter. */
  private static final List<String> KEPT =
      List.of(RunFiles.RECIPE, RunFiles.RESULT, RunFiles.EVALUATION, RunFiles.LINEAGE, RowIds.FILE);

  private static final long MOST_BYTES = 64L << 20;
  private static final String ADAPTER_SHA256 = "adapter_sha256";

  /** Where it lies. */
  String address() {
    return recipe.output().directory();
  }

  /** Whether it has come to its end, on rows with that hash. */
  boolean isFinished(String dataSha256) {
    return json(RunFiles.RESULT).path("status").asText().equals("succeeded")
        && json(RunFiles.LINEAGE).path("data_sha256").asText().equals(dataSha256);
  }

  /** The figures of its adapter on the held-out rows; none where none were held out. */
  SortedMap<String, Double> figures() {
    return LastFigures.of(json(RunFiles.EVALUATION).path("after"));
  }

  /**
   * Its adapter as a version.
   *
   * @param night the night that it is the run of
   * @param base name of the base
   * @param manifest the card of its rows
   * @throws CorruptFileException if the adapter there is not what the run wrote
   */
  NewVersion version(Night night, String base, DataManifest manifest) {
    String sha256 = json(RunFiles.RESULT).path(ADAPTER_SHA256).asText();
    Path adapter = FetchedAdapter.path(address()).resolve(RunFiles.ADAPTER);
    String found = Sha256.ofFile(adapter.resolve(PeftDirectory.WEIGHTS));
    if (!found.equals(sha256)) {
      throw new CorruptFileException(
          ("Cannot register the adapter in %s: its weights have SHA-256 %s, and the run wrote %s, so"
                  + " something else changed them; remove the run folder to tune anew")
              .formatted(address(), found, sha256));
    }
    VersionCard card =
        new VersionCard(
            night.runKey(),
            night.recipeSha256(),
            night.dataSha256(),
            base,
            night.baseSha256(),
            sha256,
            manifest.kind(),
            manifest.labels(),
            night.parent(),
            told(manifest.kind()));
    Map<String, byte[]> kept = kept();
    return new NewVersion(card, staging -> write(staging, adapter, kept));
  }

  /** Those of its figures that a gate may be of. */
  private SortedMap<String, Double> told(ExampleKind kind) {
    SortedMap<String, Double> told = new TreeMap<>(figures());
    List<String> names = Gate.figuresOf(kind);
    told.keySet()
        .removeIf(figure -> !names.contains(figure.substring(figure.lastIndexOf('/') + 1)));
    return told;
  }

  private Map<String, byte[]> kept() {
    Map<String, byte[]> kept = new LinkedHashMap<>();
    try (RunFolder folder = RunFolders.claim(recipe, clock)) {
      for (String name : KEPT) {
        folder.read(name, MOST_BYTES).ifPresent(bytes -> kept.put(name, bytes));
      }
    }
    return kept;
  }

  private static void write(Path staging, Path adapter, Map<String, byte[]> kept)
      throws IOException {
    for (Map.Entry<String, byte[]> file : kept.entrySet()) {
      Files.write(staging.resolve(file.getKey()), file.getValue());
    }
    List<Path> files;
    try (Stream<Path> walked = Files.walk(adapter)) {
      files = walked.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path file : files) {
      Path copy = staging.resolve(RunFiles.ADAPTER).resolve(adapter.relativize(file).toString());
      Files.createDirectories(copy.getParent());
      Files.copy(file, copy);
    }
  }

  private JsonNode json(String name) {
    try (RunFolder folder = RunFolders.claim(recipe, clock)) {
      return folder
          .read(name, MOST_BYTES)
          .<JsonNode>map(bytes -> StrictJson.parse(bytes, folder.address(name)))
          .orElseGet(MissingNode::getInstance);
    }
  }
}
