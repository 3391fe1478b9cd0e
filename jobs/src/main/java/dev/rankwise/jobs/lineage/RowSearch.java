package dev.rankwise.jobs.lineage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.text.CountText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the runs that used a row, among all run folders below some folders.
 *
 * @param id the row's id: its key, or the hash that prepared data have for it
 * @param folders where to look, with all that lies below
 * @param context where to tell
 */
public record RowSearch(String id, List<Path> folders, RunContext context) {
  private static final long MAXIMUM_BYTES = 64L << 20;
  private static final int DEPTH = 16;

  public RowSearch {
    folders = List.copyOf(folders);
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        throw new UserInputException(
            "Cannot look for runs in %s: there is no such folder; name one that holds run folders"
                .formatted(Redaction.shown(folder.toString())));
      }
    }
    if (id.isEmpty()) {
      throw new UserInputException("Cannot look for a row without an id; name its key");
    }
  }

  /** A run that used the row. */
  public record Found(Path run, RowIds.Use use) {}

  /**
   * Looks and tells, each run on a line.
   *
   * @return the runs, by their paths
   * @throws CorruptFileException once all others are told, if files of runs are damaged
   */
  public List<Found> tell() {
    List<Found> found = new ArrayList<>();
    List<Path> untold = new ArrayList<>();
    List<String> damaged = new ArrayList<>();
    int looked = 0;
    for (Path run : runs()) {
      if (!RowIds.lieIn(run)) {
        untold.add(run);
        continue;
      }
      try {
        Optional<RowIds.Use> use = RowIds.use(run.resolve(RowIds.FILE), id);
        use.ifPresent(it -> found.add(new Found(run, it)));
        looked++;
      } catch (CorruptFileException e) {
        damaged.add(e.getMessage());
      }
    }
    found.forEach(it -> context.say(line(it)));
    context.say(
        "%s of %s used the row"
            .formatted(
                found.isEmpty() ? "None" : String.valueOf(found.size()),
                CountText.of(looked, "run")));
    if (!untold.isEmpty()) {
      context.say(
          ("Note: %s, such as %s, kept no ids of rows (%s), so nothing is known of them; tune them"
                  + " again to know")
              .formatted(CountText.of(untold.size(), "run"), untold.get(0), RowIds.FILE));
    }
    if (!damaged.isEmpty()) {
      throw new CorruptFileException(String.join("\n", damaged));
    }
    return found;
  }

  /** All run folders, by their paths: folders with ids of rows, or with a lineage. */
  private List<Path> runs() {
    List<Path> runs = new ArrayList<>();
    for (Path folder : folders) {
      try (Stream<Path> below = Files.find(folder, DEPTH, (path, facts) -> facts.isDirectory())) {
        below
            .filter(
                path -> RowIds.lieIn(path) || Files.isRegularFile(path.resolve(RunFiles.LINEAGE)))
            .forEach(runs::add);
      } catch (IOException | UncheckedIOException e) {
        throw new UserInputException(
            "Cannot look for runs in %s: %s; see that this user may read it"
                .formatted(folder, e.getMessage()),
            e);
      }
    }
    return runs.stream().map(Path::normalize).distinct().sorted().toList();
  }

  /** What a run says of its end; nothing where that is damaged, which says nothing of its rows. */
  private static JsonNode read(Path result) {
    try {
      return StrictJson.read(result, MAXIMUM_BYTES);
    } catch (CorruptFileException e) {
      return MissingNode.getInstance();
    }
  }

  private static String line(Found found) {
    String use = found.use().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    Path result = found.run().resolve(RunFiles.RESULT);
    String status = "unfinished";
    String trained = "";
    if (Files.isRegularFile(result)) {
      JsonNode told = read(result);
      status = told.path("status").asText(status);
      for (String hash : List.of("adapter_sha256", "model_sha256")) {
        String sha256 = told.path(hash).asText("");
        trained = sha256.isEmpty() ? trained : ", %s %s".formatted(hash, sha256);
      }
      String finished = told.path("finished").asText("");
      trained += finished.isEmpty() ? "" : ", finished " + finished;
    }
    return "%-10s  %s  (%s%s)".formatted(use, found.run(), status, trained);
  }
}
