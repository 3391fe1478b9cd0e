package dev.rankwise.jobs.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.FailureReport;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.format.StrictJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a run of a sweep stands.
 *
 * @param run the run
 * @param status {@value #SUCCEEDED}, {@value #MISSING}, or the words of {@code result.json} for
 *     what went wrong
 * @param exitCode of a run that went wrong; else 0
 * @param message why it went wrong; else empty
 * @param figures what it reached; of a run that did not succeed none
 * @param dataSha256 hash of the rows it was trained and measured on; empty if none are known
 * @param untold the other tasks on which it has not been measured yet
 */
record RunRecord(
    PlannedRun run,
    String status,
    int exitCode,
    String message,
    Map<Figure, Double> figures,
    String dataSha256,
    List<OtherTask> untold) {
  static final String SUCCEEDED = "succeeded";
  static final String MISSING = "missing";
  private static final long MAXIMUM_BYTES = 64L << 20;

  RunRecord {
    untold = List.copyOf(untold);
  }

  /**
   * Reads what lies in the run's folder. What cannot be read, or is of another recipe, is missing:
   * the run is done again.
   */
  static RunRecord read(PlannedRun run, List<OtherTask> others) {
    try {
      return readWhole(run, others);
    } catch (RankwiseException e) {
      return new RunRecord(run, MISSING, 0, "", Map.of(), "", others);
    }
  }

  /** A run that was tried, and how it ended. */
  static RunRecord failed(PlannedRun run, FailureReport report) {
    return new RunRecord(
        run, report.status(), report.code().exitCode(), report.message(), Map.of(), "", List.of());
  }

  private static RunRecord readWhole(PlannedRun run, List<OtherTask> others) {
    JsonNode result = StrictJson.read(run.folder().resolve(RunFiles.RESULT), MAXIMUM_BYTES);
    Recipe recipe = Recipe.read(run.folder().resolve(RunFiles.RECIPE), List.of());
    boolean succeeded = result.path("status").asText().equals(SUCCEEDED);
    if (!succeeded || !recipe.sha256().equals(run.sha256())) {
      return new RunRecord(run, MISSING, 0, "", Map.of(), "", others);
    }
    Map<String, JsonNode> evaluations = new LinkedHashMap<>();
    for (OtherTask other : others) {
      Path file = run.folder().resolve(other.file());
      if (Files.isRegularFile(file)) {
        evaluations.put(other.name(), StrictJson.read(file, MAXIMUM_BYTES));
      }
    }
    JsonNode own = StrictJson.read(run.folder().resolve(RunFiles.EVALUATION), MAXIMUM_BYTES);
    JsonNode lineage = StrictJson.read(run.folder().resolve(RunFiles.LINEAGE), MAXIMUM_BYTES);
    return new RunRecord(
        run,
        SUCCEEDED,
        0,
        "",
        RunFigures.of(result, own, evaluations),
        lineage.path("data_sha256").asText(),
        others.stream().filter(other -> !evaluations.containsKey(other.name())).toList());
  }

  /** Whether the run itself is done. */
  boolean hasSucceeded() {
    return status.equals(SUCCEEDED);
  }

  /** Whether nothing of it is left to do. */
  boolean isWhole() {
    return hasSucceeded() && untold.isEmpty();
  }

  /** Whether it was tried and went wrong. */
  boolean hasFailed() {
    return exitCode != 0;
  }
}
