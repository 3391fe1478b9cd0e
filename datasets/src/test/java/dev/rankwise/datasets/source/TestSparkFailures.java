package dev.rankwise.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.InterruptedRunException;
import dev.rankwise.models.failure.UserInputException;
import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("core")
class TestSparkFailures {

  @Test
  void failureOfOursThatATaskThrewIsReportedAsItIs() {
    DataException ours = new DataException("Cannot learn");
    Exception failure = new SparkException("Job aborted", new IllegalStateException(ours));

    assertThat(SparkFailures.translated(failure, "prepare the data")).isSameAs(ours);
  }

  @Test
  void damagedFileThatATaskMetIsCorrupt() {
    Exception failure =
        new SparkException("Job aborted", new ChecksumException("Checksum error: a.csv", 0));

    assertThat(SparkFailures.translated(failure, "prepare the data"))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(
            "Cannot prepare the data: a file is damaged (ChecksumException: Checksum error);"
                + " restore or write it again");
  }

  @Test
  void failureOfTheClusterMayBeTriedAgain() {
    assertThat(
            SparkFailures.translated(
                new SparkException("Job aborted\nat a\nat b", null), "prepare the data"))
        .isInstanceOf(ClusterException.class)
        .hasMessage(
            "Cannot prepare the data: Spark gave up (SparkException: Job aborted); look at the"
                + " executors' logs, then try again");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SparkContext has been shutdown",
        "Cannot call methods on a stopped SparkContext.\nThis stopped SparkContext was created at:"
      })
  void contextThatEndedIsNoBug(String message) {
    assertThat(SparkFailures.translated(new IllegalStateException(message), "compute step 1"))
        .isInstanceOf(ClusterException.class)
        .hasMessage(
            "Cannot compute step 1: Spark has ended, because its executors could not be started or"
                + " its master gave the application up; look at the driver's log, then try again");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Job 7 cancelled part of cancelled job group paragraph-3",
        "[SPARK_JOB_CANCELLED] Job 7 cancelled as part of cancellation of all jobs",
        "Job 7 cancelled because Stage 9 was cancelled"
      })
  void jobThatSomebodyCancelledIsAnInterruption(String message) {
    assertThat(
            SparkFailures.translated(
                new IllegalStateException(new SparkException(message)), "compute step 1"))
        .isInstanceOf(InterruptedRunException.class)
        .hasMessage(
            "Interrupted: cannot compute step 1, because its Spark job was cancelled (a notebook's"
                + " stop, Ctrl-C in a shell, or the kill link of Spark's pages); do the same again");
  }

  @Test
  void jobThatEndsWithItsContextWasNotCancelled() {
    String message = "Job 7 cancelled because SparkContext was shut down";
    assertThat(SparkFailures.translated(new SparkException(message), "compute step 1"))
        .isInstanceOf(ClusterException.class);
  }

  /** Readers of formats take a file that may not be read for a damaged one. */
  @Test
  void fileThatMayNotBeReadIsToldWhateverWrapsIt() {
    IOException denied = new FileNotFoundException("/rows/a.jsonl (Permission denied)");
    Exception failure =
        new SparkException("Job aborted", new ChecksumException("Checksum error", 0));
    failure.getCause().initCause(denied);

    assertThat(SparkFailures.translated(failure, "prepare the data"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot prepare the data: /rows/a.jsonl (Permission denied); see that this user may use"
                + " it, here and on every executor");
  }

  @Test
  void fullDiskIsTold() {
    Exception failure =
        new SparkException("Job aborted", new IOException("No space left on device"));

    assertThat(SparkFailures.translated(failure, "prepare the data"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot prepare the data: a disk is full; free space where the data are written and"
                + " where Spark keeps its own files (spark.local.dir), then try again");
  }

  @Test
  void noMessageQuotesARow() {
    Exception failure =
        new SparkException(
            "Job aborted due to stage failure: Lost task 0.0: java.lang.NumberFormatException: For"
                + " input string: canary",
            new NumberFormatException("For input string: canary"));

    assertThat(SparkFailures.translated(failure, "prepare the data"))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("(SparkException: Job aborted due to stage failure)")
        .hasMessageNotContaining("canary");
  }

  @Test
  void bugStaysWhatItIs() {
    IllegalStateException bug = new IllegalStateException();

    assertThat(SparkFailures.translated(bug, "prepare the data")).isSameAs(bug);
  }

  @Test
  void resultOfAJobPassesThrough() {
    assertThat(SparkFailures.running("count", () -> 3)).isEqualTo(3);
  }

  @Test
  void failureOfAJobIsTranslated() {
    DataException ours = new DataException("Cannot learn");

    assertThatThrownBy(
            () ->
                SparkFailures.running(
                    "compute step 3",
                    () -> {
                      throw new IllegalStateException("Job aborted", ours);
                    }))
        .isSameAs(ours);
  }
}
