package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** A run of which an executor is killed on the way, and what must hold after it. */
final class KilledExecutor {
  /** Early enough that most of the run is done without the executor. */
  private static final int STEP = 8;

  private KilledExecutor() {}

  /** What the kill cost, in words. */
  static String told(SparkSubmit.Finished finished) {
    return String.format(
        Locale.ROOT,
        "1 executor killed, %s tasks computed again, the first task of its replacement done after"
            + " %.1f s",
        finished.events().failedTasks(),
        finished.events().gap() / 1e3);
  }

  /**
   * Submits a run of two executors, kills one with -9, and waits for the end.
   *
   * @param mark the word by which the executors are found
   * @param expected hash of the adapter of a run on this host
   */
  static SparkSubmit.Finished changesNoBit(
      RealRuns runs,
      SparkSubmit submit,
      String mark,
      List<String> arguments,
      String run,
      String expected)
      throws IOException, InterruptedException {
    SparkSubmit.Finished finished;
    try (ChildProcess submitter = submit.marked(mark).start(arguments)) {
      runs.awaitStep(run, STEP, submitter);
      new Executors(mark).kill();
      finished = submit.finished(submitter);
    }
    assertThat(finished.exitCode()).as(finished.output()).isZero();
    assertThat(finished.events().went()).as("the executor that was killed").hasSize(1);
    assertThat(finished.events().executors()).as("two, and a replacement").hasSize(3);
    JsonNode result = runs.json(run, "result.json");
    assertThat(result.path("status").asText()).isEqualTo("succeeded");
    assertThat(result.path("steps").asInt()).isEqualTo(RealRuns.STEPS);
    assertThat(result.path("adapter_sha256").asText()).isEqualTo(expected);
    assertThat(runs.adapter(run)).isEqualTo(expected);
    assertThat(runs.lines(run, "metrics.jsonl")).hasSize(RealRuns.STEPS);
    return finished;
  }
}
