package dev.rankwise.datasets.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.example.Example;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("spark")
@Tag("core")
class TestPreparedData {
  private static final List<Example> TRAIN = PreparedFixture.examples("train", 23);

  @TempDir Path folder;

  private Path directory;
  private PreparedData written;

  @BeforeEach
  void write() {
    directory = folder.resolve("data");
    written = PreparedFixture.write(directory.toString(), TRAIN, 3);
  }

  @Test
  void openedDataIsWhatWasWritten() {
    PreparedData opened = open();

    assertThat(opened).isEqualTo(written);
    assertThat(opened.directory()).isEqualTo(directory.toUri().toString().replaceAll("//|/$", ""));
    assertThat(opened.manifest().labelSet()).isEqualTo(PreparedFixture.LABELS);
  }

  @Test
  void examplesComeBackToTheToken() {
    List<Example> examples =
        new ArrayList<>(open().examples(PreparedFixture.SPARK, Split.TRAIN).collect());
    examples.sort(Comparator.comparingInt(Example::position));

    assertThat(examples).isEqualTo(TRAIN);
  }

  @Test
  void lengthsAreByPosition() {
    assertThat(open().sizes(PreparedFixture.SPARK, Split.TRAIN).lengths())
        .isEqualTo(TRAIN.stream().mapToInt(Example::length).toArray());
  }

  @Test
  void previewIsTheStartOfTheSplit() {
    assertThat(open().preview(PreparedFixture.SPARK, Split.TRAIN, 3))
        .isEqualTo(TRAIN.subList(0, 3));
    assertThat(open().preview(PreparedFixture.SPARK, Split.TEST, 100)).hasSize(5);
  }

  @Test
  void manifestCountsWhatLiesInTheFiles() {
    SplitManifest train = written.manifest().split(Split.TRAIN);

    assertThat(train.examples()).isEqualTo(23);
    assertThat(train.tokens()).isEqualTo(TRAIN.stream().mapToLong(Example::length).sum());
    assertThat(train.truncated()).isEqualTo(5);
    assertThat(train.labelCounts()).containsExactly(12L, 11L);
    assertThat(train.lengths().counts().subList(0, 6)).containsExactly(0L, 5L, 5L, 5L, 4L, 4L);
    assertThat(train.files()).hasSize(3);
    assertThat(written.manifest().funnel().truncated()).isEqualTo(6);
  }

  @Test
  void rejectionsAreASideTable() {
    List<Row> rows = open().rejections(PreparedFixture.SPARK).collectAsList();

    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).getString(0)).isEqualTo("bad");
    assertThat(rows.get(0).getString(1)).isEqualTo("EMPTY_TEXT");
    assertThat(rows.get(0).isNullAt(2)).isTrue();
  }

  @Test
  void contentHashDoesNotDependOnFilesOrOrder() {
    List<Example> shuffled = new ArrayList<>(TRAIN);
    Collections.shuffle(shuffled, new Random(7));
    PreparedData other = PreparedFixture.write(folder.resolve("other").toString(), shuffled, 7);

    assertThat(other.manifest().train().files()).hasSize(7);
    assertThat(other.manifest().contentSha256()).isEqualTo(written.manifest().contentSha256());
  }

  @Test
  void contentHashDependsOnEveryPartOfAnExample() {
    Example last = TRAIN.get(22);
    int[] ids = last.ids();
    ids[0]++;
    List<Example> changes =
        List.of(
            new Example(22, last.rowId(), ids, last.label()),
            new Example(22, "other", last.ids(), last.label()),
            new Example(22, last.rowId(), last.ids(), 1 - last.label()));

    for (Example change : changes) {
      List<Example> changed = new ArrayList<>(TRAIN);
      changed.set(22, change);
      PreparedData other = PreparedFixture.write(folder.resolve("other").toString(), changed, 3);
      assertThat(other.manifest().contentSha256()).isNotEqualTo(written.manifest().contentSha256());
    }
  }

  @Test
  void positionThatStandsTwiceIsRefused() {
    List<Example> doubled = new ArrayList<>(TRAIN);
    doubled.set(1, TRAIN.get(0));

    assertThatThrownBy(() -> PreparedFixture.write(folder.resolve("other").toString(), doubled, 1))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageEndingWith(
            "position 0 of 23 examples stands twice or is out of range; prepare the data again");
    assertThat(folder.resolve("other")).doesNotExist();
  }

  @Test
  void folderWithoutManifestIsNoPreparedData() {
    String empty = folder.toString();

    assertThat(PreparedData.exists(PreparedFixture.SPARK, empty)).isFalse();
    assertThatThrownBy(() -> PreparedData.open(PreparedFixture.SPARK, empty))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot open prepared data \""
                + empty
                + "\": it holds no manifest.json; prepare the data first, or name the folder that"
                + " holds it");
  }

  @Test
  void cutManifestIsCorrupt() throws IOException {
    Path manifest = directory.resolve("manifest.json");
    String text = Files.readString(manifest);
    overwrite(manifest, text.substring(0, text.length() / 2));

    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(
            "Cannot read \""
                + manifest
                + "\": it is not the JSON that was written; delete the folder and prepare the data"
                + " again");
  }

  @Test
  void missingFileIsCorrupt() throws IOException {
    Path file = parquet("train");
    Files.delete(file);

    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(file.getFileName() + "\": it is missing or cannot be read;");
  }

  @Test
  void flippedBitIsCorrupt() throws IOException {
    Path file = parquet("test");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    forgetChecksum(file);
    Files.write(file, bytes);

    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(
            file.getFileName() + "\": its bytes are not those that the manifest lists;");
  }

  @Test
  void flippedBitThatTheFileSystemSeesIsCorruptToo() throws IOException {
    Path file = parquet("test");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);

    assertThatThrownBy(this::open).isInstanceOf(CorruptFileException.class);
  }

  @Test
  void strayFileIsNotRead() throws IOException {
    Files.copy(parquet("train"), directory.resolve("train/part-stray.parquet"));

    assertThat(open().sizes(PreparedFixture.SPARK, Split.TRAIN).lengths()).hasSize(23);
  }

  @Test
  void examplesThatDoNotMatchTheManifestAreFoundOnReading() {
    PreparedData other =
        PreparedFixture.write(
            folder.resolve("other").toString(), PreparedFixture.examples("x", 23), 3);
    PreparedData mixed = new PreparedData(other.directory(), mixed(other.manifest()));

    assertThatThrownBy(() -> mixed.sizes(PreparedFixture.SPARK, Split.TRAIN).lengths())
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("its examples are not those that the manifest describes");
  }

  /** The other folder's manifest, with the hash of the first folder's training split. */
  private DataManifest mixed(DataManifest other) {
    SplitManifest train = other.train();
    SplitManifest claimed =
        new SplitManifest(
            train.examples(),
            train.texts(),
            train.tokens(),
            train.targets(),
            train.filled(),
            train.truncated(),
            written.manifest().train().contentSha256(),
            train.lengths(),
            train.labelCounts(),
            train.taskCounts(),
            train.files());
    return new DataManifest(
        other.format(),
        other.version(),
        other.kind(),
        other.freshness(),
        other.contentSha256(),
        other.baseSha256(),
        other.tokenizerSha256(),
        other.maximumTokens(),
        other.sources(),
        other.settings(),
        other.labels(),
        other.tasks(),
        claimed,
        other.test(),
        other.funnel(),
        other.rejections());
  }

  private PreparedData open() {
    return PreparedData.open(PreparedFixture.SPARK, directory.toString());
  }

  private Path parquet(String split) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve(split))) {
      return files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList().get(0);
    }
  }

  private static void overwrite(Path file, String text) throws IOException {
    forgetChecksum(file);
    Files.writeString(file, text);
  }

  /**
   * Hadoop's local file system keeps a checksum beside each file and would see the damage first.
   */
  private static void forgetChecksum(Path file) throws IOException {
    Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
  }
}
