package dev.rankwise.jobs.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.FailureCode;
import java.nio.file.InvalidPathException;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

final class TestFailureReport {
  @Test
  void failureOfOursIsToldAsItIs() {
    assertThat(FailureReport.of(new DataException("No row is there")))
        .isEqualTo(new FailureReport(FailureCode.UNUSABLE_DATA, "No row is there"));
  }

  @Test
  void failureOfATaskIsFoundInWhatSparkThrows() {
    CorruptFileException cause = new CorruptFileException("The file is damaged");

    assertThat(FailureReport.of(new SparkException("Job aborted", cause)))
        .isEqualTo(new FailureReport(FailureCode.CORRUPT_FILE, "The file is damaged"));
  }

  @Test
  void jobThatSparkGaveUpIsTheClusters() {
    FailureReport report = FailureReport.of(new SparkException("Job aborted"));

    assertThat(report.code()).isEqualTo(FailureCode.CLUSTER_UNABLE);
    assertThat(report.message()).contains("Spark gave up (SparkException: Job aborted)");
  }

  @Test
  void bugShowsItsKindAndNotItsMessage() {
    assertThat(FailureReport.of(new NumberFormatException("For input string: \"a row\"")))
        .isEqualTo(
            new FailureReport(
                FailureCode.INTERNAL,
                "This is a bug of Rankwise: java.lang.NumberFormatException; report it with the log"
                    + " of the failure"));
    assertThat(FailureReport.of(new NoClassDefFoundError("x")).code())
        .isEqualTo(FailureCode.INTERNAL);
  }

  @Test
  void pathThatJavaRefusesIsTheUsers() {
    assertThat(FailureReport.of(new InvalidPathException("a\u0000b", "Nul character not allowed")))
        .isEqualTo(
            new FailureReport(
                FailureCode.INVALID_INPUT,
                "Cannot use \"a?b\" as a path: Nul character not allowed; name another one"));
  }

  @Test
  void memoryThatRunsOutIsNoBug() {
    FailureReport report = FailureReport.of(new OutOfMemoryError());

    assertThat(report.code()).isEqualTo(FailureCode.CLUSTER_UNABLE);
    assertThat(report.message()).contains("--driver-memory");
  }

  @Test
  void signalIsToldInsteadOfWhatItBroke() throws InterruptedException {
    Map<String, FailureCode> signals =
        Map.of(
            "SIGHUP handler", FailureCode.HUNG_UP,
            "SIGINT handler", FailureCode.INTERRUPTED,
            "SIGTERM handler", FailureCode.TERMINATED);
    for (Map.Entry<String, FailureCode> signal : signals.entrySet()) {
      CountDownLatch end = new CountDownLatch(1);
      Thread handler = new Thread(() -> awaited(end), signal.getKey());
      handler.start();
      FailureReport report = FailureReport.of(new SparkException("SparkContext was shut down"));
      end.countDown();
      handler.join();

      assertThat(report.code()).isEqualTo(signal.getValue());
      assertThat(report.status()).isEqualTo("interrupted");
      assertThat(report.message())
          .isEqualTo(
              ("Interrupted (exit code %d); nothing is left half written, so the same command can"
                      + " be run again")
                  .formatted(signal.getValue().exitCode()));
    }
    assertThat(FailureReport.of(new DataException("No row")).status()).isEqualTo("failed");
  }

  private static void awaited(CountDownLatch end) {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
