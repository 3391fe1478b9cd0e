package dev.rankwise.jobs.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.RunHeldException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

final class TestFailureLog {
  @Test
  void whatTheUserCanMendHasNoTrace() {
    for (Throwable mendable :
        List.of(
            new UserInputException("No run folder", new IOException("none")),
            new DataException("No row"),
            new CorruptFileException("Damaged"),
            new RunHeldException("Held"))) {
      assertThat(written(mendable)).as(mendable.getMessage()).isEmpty();
    }
  }

  @Test
  void bugsAndFailuresOfSparkAndNativeCodeHaveOne() throws IOException {
    for (Throwable unexpected :
        List.of(
            new IllegalStateException("x"),
            new OutOfMemoryError(),
            new ClusterException("No executor"),
            new DataException("A row failed", new SparkException("Job aborted")),
            new UserInputException("Not readable", new UnsatisfiedLinkError("libtorch")))) {
      Optional<Path> file = written(unexpected);
      assertThat(file).as(unexpected.toString()).isPresent();
      assertThat(file.get()).content().startsWith(unexpected.toString());
      Files.delete(file.get());
    }
  }

  private static Optional<Path> written(Throwable failure) {
    return FailureLog.write(FailureReport.of(failure), failure);
  }
}
