package dev.rankwise.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestRunFolders {
  @TempDir Path folder;

  @Test
  void pathAndFileUriNameTheSameFolder() {
    Path wanted = folder.resolve("my run");
    try (RunFolder run = claimed(wanted.toString())) {
      assertThat(run.directory()).isEqualTo(wanted);
    }
    try (RunFolder run = claimed(wanted.toUri().toString())) {
      assertThat(run.directory()).isEqualTo(wanted);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3a://bucket/run", "hdfs:/run", "file:run", "file:///a b"})
  void everythingElseIsRefused(String directory) {
    assertThatThrownBy(() -> claimed(directory))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot use "
                + directory
                + " as a run folder: it must be a path on a file system of the driver's host; name"
                + " one with --out");
  }

  @Test
  void someFolderMustBeNamed() {
    assertThatThrownBy(() -> RunFolders.claim(Recipe.quickstart(List.of()), Clock.systemUTC()))
        .isInstanceOf(UserInputException.class)
        .hasMessage("No run folder is named; give --out DIR, or output.directory in the recipe");
  }

  private static RunFolder claimed(String directory) {
    Recipe recipe = Recipe.quickstart(List.of("output.directory=" + directory));
    return RunFolders.claim(recipe, Clock.systemUTC());
  }
}
