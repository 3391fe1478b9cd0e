package dev.rankwise.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
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
      assertThat(run.address()).isEqualTo(wanted.toString());
    }
    try (RunFolder run = claimed(wanted.toUri().toString())) {
      assertThat(run.address()).isEqualTo(wanted.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nosuch://bucket/run", "file:run", "file:///a b", "hdfs://:/run"})
  void whatCannotBeReachedIsRefused(String directory) {
    assertThatThrownBy(() -> claimed(directory))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot use " + directory + " as a run folder: ")
        .hasMessageEndingWith(
            "; name a path, or a folder of HDFS or an object store that Spark can reach, with --out");
  }

  @Test
  void fileSystemWhoseClassIsMissingIsNamed() {
    assertThatThrownBy(() -> claimed("absent://bucket/run", "spark.hadoop.fs.absent.impl=no.Such"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("no.Such");
  }

  @Test
  void folderOfAnotherFileSystemIsClaimedByItsAddress() {
    String link = "spark.hadoop.fs.viewfs.mounttable.tiny.link./runs=" + folder.toUri();
    try (RunFolder run = claimed("viewfs://tiny/runs/a b", link)) {
      run.commitFile("result.json", new byte[] {1});
      assertThat(run.address("adapter")).isEqualTo("viewfs://tiny/runs/a b/adapter");
    }
    assertThat(folder.resolve("a b/result.json")).hasBinaryContent(new byte[] {1});
    assertThat(folder.resolve("a b/.rankwise/format")).isRegularFile();
  }

  @Test
  void someFolderMustBeNamed() {
    assertThatThrownBy(() -> RunFolders.claim(Recipe.quickstart(List.of()), Clock.systemUTC()))
        .isInstanceOf(UserInputException.class)
        .hasMessage("No run folder is named; give --out DIR, or output.directory in the recipe");
  }

  private static RunFolder claimed(String directory, String... settings) {
    List<String> all = new ArrayList<>(List.of("output.directory=" + directory));
    all.addAll(List.of(settings));
    Recipe recipe = Recipe.quickstart(all);
    return RunFolders.claim(recipe, Clock.systemUTC());
  }
}
