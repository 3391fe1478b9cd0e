package dev.rankwise.datasets.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.RunHeldException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lies under the target's name at every point where a writer may die. */
@Tag("spark")
class TestStagedFolder {
  @TempDir Path folder;

  @Test
  void nothingIsVisibleBeforeTheCommit() {
    Path target = folder.resolve("data");
    try (StagedFolder staged = staged(target)) {
      assertThat(target).doesNotExist();
      assertThat(staged.root()).endsWith("/.data.staging");
      assertThat(staged.path("train")).endsWith("/.data.staging/train");
    }
    assertThat(names(folder)).isEmpty();
  }

  @Test
  void secondWriterIsRefusedUntilTheFirstOneIsDone() {
    Path target = folder.resolve("data");
    try (StagedFolder first = staged(target)) {
      assertThatThrownBy(() -> staged(target))
          .isInstanceOf(RunHeldException.class)
          .hasMessageStartingWith(
              "Cannot write to %s: held by process %d on host "
                  .formatted(target, ProcessHandle.current().pid()))
          .hasMessageEndingWith("; wait for it to end, or name another folder");
      assertThat(Path.of(URI.create(first.root()))).isDirectory();
    }
    staged(target).close();
  }

  @Test
  void refusedWriterLeavesNoLock() throws IOException {
    Path target = folder.resolve("data");
    Path previous = Files.createDirectory(folder.resolve(".data.previous"));
    Files.writeString(previous.resolve("thesis.txt"), "years of work");

    assertThatThrownBy(() -> staged(target)).isInstanceOf(UserInputException.class);
    Files.delete(target.resolve("thesis.txt"));
    staged(target).close();
  }

  @Test
  void deadWritersStagingFolderIsReplaced() throws IOException {
    Path target = folder.resolve("data");
    Path left = Files.createDirectories(folder.resolve(".data.staging/train"));
    Files.writeString(left.resolve("half.parquet"), "half");

    PreparedFixture.write(target.toString(), PreparedFixture.examples("a", 4), 1);

    assertThat(folder.resolve(".data.staging")).doesNotExist();
    assertThat(target.resolve("train/half.parquet")).doesNotExist();
    assertThat(PreparedData.open(PreparedFixture.SPARK, target.toString()).manifest().train())
        .extracting(SplitManifest::examples)
        .isEqualTo(4L);
  }

  @Test
  void olderDataIsReplacedWhole() {
    String target = folder.resolve("data").toString();
    PreparedFixture.write(target, PreparedFixture.examples("a", 4), 1);

    PreparedData newer = PreparedFixture.write(target, PreparedFixture.examples("b", 6), 1);

    assertThat(PreparedData.open(PreparedFixture.SPARK, target)).isEqualTo(newer);
    assertThat(names(folder)).containsExactly("data");
  }

  @Test
  void failedWriterLeavesTheOlderData() {
    String target = folder.resolve("data").toString();
    PreparedData older = PreparedFixture.write(target, PreparedFixture.examples("a", 4), 1);

    try (StagedFolder staged = staged(folder.resolve("data"))) {
      assertThat(staged.root()).isNotEmpty();
    }

    assertThat(PreparedData.open(PreparedFixture.SPARK, target)).isEqualTo(older);
    assertThat(names(folder)).containsExactly("data");
  }

  @Test
  void deathBetweenTheTwoRenamesBringsTheOlderDataBack() throws IOException {
    Path target = folder.resolve("data");
    PreparedData older =
        PreparedFixture.write(target.toString(), PreparedFixture.examples("a", 4), 1);
    Files.move(target, folder.resolve(".data.previous"));

    staged(target).close();

    assertThat(PreparedData.open(PreparedFixture.SPARK, target.toString())).isEqualTo(older);
    assertThat(names(folder)).containsExactly("data");
  }

  @Test
  void damagedManifestOfOursIsReplaced() throws IOException {
    Path target = folder.resolve("data");
    PreparedFixture.write(target.toString(), PreparedFixture.examples("a", 4), 1);
    Path manifest = target.resolve("manifest.json");
    Files.deleteIfExists(target.resolve(".manifest.json.crc"));
    Files.writeString(manifest, Files.readString(manifest).substring(0, 200));

    PreparedData newer =
        PreparedFixture.write(target.toString(), PreparedFixture.examples("b", 6), 1);

    assertThat(PreparedData.open(PreparedFixture.SPARK, target.toString())).isEqualTo(newer);
  }

  @Test
  void emptyFolderMayBeUsed() throws IOException {
    Path target = Files.createDirectory(folder.resolve("data"));

    PreparedFixture.write(target.toString(), PreparedFixture.examples("a", 4), 1);

    assertThat(target.resolve("manifest.json")).exists();
  }

  @Test
  void somebodyElsesFolderIsNeverTouched() throws IOException {
    Path target = Files.createDirectory(folder.resolve("data"));
    Path thesis = Files.writeString(target.resolve("thesis.txt"), "years of work");

    assertThatThrownBy(() -> staged(target))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot prepare data into \"")
        .hasMessageEndingWith(
            "/data\": it exists and is not prepared data of ours, so it is left alone; name another"
                + " folder or empty this one");
    Files.writeString(target.resolve("manifest.json"), "{\"name\": \"somebody's web app\"}");
    assertThatThrownBy(() -> staged(target)).isInstanceOf(UserInputException.class);
    assertThat(thesis).hasContent("years of work");
  }

  @Test
  void whatSomebodyPutBesidePreparedDataIsNeverTouched() throws IOException {
    for (String place : List.of("thesis.txt", "train/thesis.txt", "drafts/thesis.txt")) {
      Path target = folder.resolve("data" + place.length());
      PreparedFixture.write(target.toString(), PreparedFixture.examples("a", 4), 1);
      Path file = target.resolve(place);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "years of work");

      assertThatThrownBy(() -> staged(target))
          .isInstanceOf(UserInputException.class)
          .hasMessageContaining("it also holds " + (place.startsWith("d") ? "drafts" : "thesis"))
          .hasMessageEndingWith("move that elsewhere or name another folder");
      assertThat(file).hasContent("years of work");
    }
  }

  @Test
  void fileInPlaceOfTheFolderIsNeverTouched() throws IOException {
    Path target = Files.writeString(folder.resolve("data"), "a file");

    assertThatThrownBy(() -> staged(target)).isInstanceOf(UserInputException.class);
    assertThat(target).hasContent("a file");
  }

  @Test
  void placeThatCannotBeWrittenIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "not a folder");
    Path target = file.resolve("data");

    assertThatThrownBy(() -> staged(target))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot write prepared data to \"" + target + "\": ")
        .hasMessageEndingWith("; name a folder that the driver and the executors may write");
    assertThatThrownBy(() -> staged(Path.of("/")))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("it is the root of a file system");
  }

  private static StagedFolder staged(Path target) {
    return StagedFolder.beside(
        target.toString(), PreparedFixture.SPARK.sparkContext().hadoopConfiguration());
  }

  private static List<String> names(Path folder) {
    String[] names = folder.toFile().list((parent, name) -> !name.equals(".data.lock"));
    return names == null ? List.of() : List.of(names);
  }
}
