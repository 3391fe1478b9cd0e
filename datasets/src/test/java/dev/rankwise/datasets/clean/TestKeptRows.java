package dev.rankwise.datasets.clean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.clean.KeptListener.Moment;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that are kept give what all rows at once give, whatever came when and died where. */
@Tag("spark")
final class TestKeptRows {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final int FILES = 9;

  @TempDir Path folder;

  private final Heard heard = new Heard();
  private Duplicates duplicates = Duplicates.NEARLY_SAME_TEXT;

  /** Keeps what it is told. */
  private static final class Heard implements KeptListener {
    private final List<String> words = new ArrayList<>();
    private final Set<Moment> moments = new LinkedHashSet<>();

    @Override
    public void reached(Moment moment) {
      moments.add(moment);
    }

    @Override
    public void told(String said) {
      words.add(said);
    }
  }

  @Test
  void nearlySameTextsOfSeveralNightsAreThoseOfOne() throws Exception {
    for (int night = 1; night <= 2; night++) {
      GrowingRows.write(files(), night, 30);
      update();
    }
    GrowingRows.write(files(), 3, 12);

    List<String> rows = GrowingRows.rows(growing());

    assertThat(rows).isEqualTo(GrowingRows.rows(whole())).hasSize(75);
    for (String reason : List.of("SAME_TEXT", "NEARLY_SAME_TEXT", "FILTERED", "MALFORMED_ROW")) {
      assertThat(rows).as(reason).anyMatch(row -> row.contains("|" + reason + "|"));
    }
    assertThat(heard.words)
        .containsExactly("1 new file read, 31 rows kept", "1 new file read, 62 rows kept");
  }

  @Test
  void partsThatAreJoinedHoldTheSameRows() throws Exception {
    duplicates = Duplicates.SAME_TEXT;
    for (int night = 1; night <= FILES; night++) {
      GrowingRows.write(files(), night, 6);
      update();
    }
    assertThat(heard.moments).contains(Moment.PARTS_JOINED);

    assertThat(GrowingRows.rows(growing())).isEqualTo(GrowingRows.rows(whole())).hasSize(63);
    assertThat(heard.words).endsWith("no new file, 63 rows kept");
    assertThat(parts()).hasSizeLessThanOrEqualTo(KeptRows.MOST_PARTS);
  }

  /**
   * Nine nights, after the last of which parts are joined; then that last night again and again,
   * each time ended with -9 at another moment. Four processes that start Spark take their time.
   */
  @Tag("long")
  @Test
  void whatComesNightByNightIsWhatComesAtOnceWhereverAProcessDies() throws Exception {
    Path calm = folder.resolve("calm");
    for (int night = 1; night <= FILES; night++) {
      GrowingRows.write(files(), night, night == 1 ? 60 : 12);
      if (night == FILES) {
        copy(kept(), calm);
      }
      update();
    }
    List<String> whole = GrowingRows.rows(whole());
    assertThat(whole).hasSize(60 + 12 * (FILES - 1) + FILES);
    for (String reason : List.of("SAME_TEXT", "NEARLY_SAME_TEXT", "FILTERED", "MALFORMED_ROW")) {
      assertThat(whole).as(reason).anyMatch(row -> row.contains("|" + reason + "|"));
    }
    assertThat(heard.moments).contains(Moment.PARTS_JOINED);
    assertThat(heard.words).startsWith("1 new file read, 61 rows kept");
    assertThat(GrowingRows.rows(growing())).isEqualTo(whole);
    assertThat(heard.words).endsWith("no new file, 165 rows kept");
    assertThat(parts()).hasSizeLessThanOrEqualTo(KeptRows.MOST_PARTS);
    for (Moment moment : Moment.values()) {
      remove(kept());
      copy(calm, kept());

      assertThat(endedAt(moment)).as(moment.name()).isEqualTo(GrowingRows.KILLED);
      heard.words.clear();

      assertThat(GrowingRows.rows(growing())).as(moment.name()).isEqualTo(whole);
      boolean keptBefore = moment.compareTo(Moment.STATE_WRITTEN) >= 0;
      assertThat(heard.words)
          .as(moment.name())
          .containsExactly(
              keptBefore ? "no new file, 165 rows kept" : "1 new file read, 152 rows kept");
    }
  }

  /** What was read is not looked at again: here it would be found to be another. */
  @Test
  void newFilesAloneAreRead() throws Exception {
    Path first = GrowingRows.write(files(), 1, 12);
    List<String> before = GrowingRows.rows(growing());
    FileTime time = Files.getLastModifiedTime(first);
    Files.writeString(first, Files.readString(first).replace("kind", "mind"));
    Files.setLastModifiedTime(first, time);
    GrowingRows.write(files(), 2, 3);

    List<String> after = GrowingRows.rows(growing());

    assertThat(after).hasSize(before.size() + 4).noneMatch(row -> row.contains("mind"));
  }

  @Test
  void filesThatChangedOrWentMakeAllBeReadAnew() throws Exception {
    GrowingRows.write(files(), 1, 12);
    Path second = GrowingRows.write(files(), 2, 12);
    update();
    Files.writeString(second, "id,label,text\nx,kind 1,another text by now\n");
    assertThat(GrowingRows.rows(growing())).isEqualTo(GrowingRows.rows(whole())).hasSize(14);
    Files.delete(second);
    assertThat(GrowingRows.rows(growing())).isEqualTo(GrowingRows.rows(whole())).hasSize(13);

    assertThat(heard.words)
        .containsExactly(
            "all rows read anew: 1 file that had been read changed or went",
            "all rows read anew: 1 file that had been read changed or went");
    assertThat(parts()).hasSize(1);
  }

  @Test
  void columnsOfAnotherTypeMakeAllBeReadAnew() {
    SPARK
        .sql("SELECT 1 AS id, 'kind' AS label, 'one text' AS text")
        .write()
        .parquet(files().toString());
    update();
    SPARK
        .sql("SELECT 2 AS id, 'kind' AS label, 'another text' AS text, 7 AS more")
        .write()
        .mode("append")
        .parquet(files().toString());

    assertThat(GrowingRows.rows(growing())).isEqualTo(GrowingRows.rows(whole())).hasSize(2);
    assertThat(heard.words)
        .containsExactly(
            "all rows read anew: the new files have other columns, or columns of other types");
  }

  /** Of JSON Lines a column is there if any line has it, in whatever file. */
  @Test
  void newFileOfJsonLinesMayLackAColumn() throws Exception {
    Files.createDirectories(files());
    Files.writeString(files().resolve("a.jsonl"), "{\"id\":1,\"label\":\"x\",\"text\":\"one\"}\n");
    update();
    Files.writeString(files().resolve("b.jsonl"), "{\"id\":2,\"label\":\"x\"}\n");

    assertThat(GrowingRows.rows(growing())).isEqualTo(GrowingRows.rows(whole())).hasSize(2);
    assertThat(heard.words).containsExactly("1 new file read, 1 row kept");
  }

  @Test
  void otherCleaningMakesAllBeReadAnew() throws Exception {
    GrowingRows.write(files(), 1, 12);
    update();
    RowSource other =
        CleanedSource.growing(
            RowSources.at(files().toString()),
            GrowingRows.settings(Duplicates.SAME_TEXT),
            List.of("label", "id"),
            "id",
            List.of(),
            new KeptPlace(kept().toString(), heard));

    assertThat(GrowingRows.rows(other)).noneMatch(row -> row.contains("NEARLY_SAME_TEXT"));
    assertThat(heard.words)
        .containsExactly("all rows read anew: they are cleaned in another way than before");
  }

  @Test
  void rowsThatAreNotCleanedAreKeptToo() throws Exception {
    GrowingRows.write(files(), 1, 12);
    RowSource plain = RowSources.at(files().toString());
    RowSource keeping =
        CleanedSource.growing(
            plain,
            CleaningSettings.NONE,
            List.of("label", "id"),
            "id",
            List.of(),
            new KeptPlace(kept().toString(), heard));
    assertThat(keeping.describe(SPARK)).isEqualTo(plain.describe(SPARK));
    assertThat(GrowingRows.rows(keeping)).isEqualTo(GrowingRows.rows(plain));
    GrowingRows.write(files(), 2, 12);
    assertThat(GrowingRows.rows(keeping)).isEqualTo(GrowingRows.rows(plain)).hasSize(26);
    assertThat(heard.words).containsExactly("1 new file read, 13 rows kept");
  }

  @Test
  void sourceThatDoesNotTellWhatIsNewIsReadAsAWhole() {
    RowSource query =
        CleanedSource.growing(
            RowSources.at("sql:SELECT 1 AS id, 'kind' AS label, 'a text' AS text"),
            GrowingRows.settings(Duplicates.NEARLY_SAME_TEXT),
            List.of("label", "id"),
            "id",
            List.of(),
            new KeptPlace(kept().toString(), heard));

    assertThat(GrowingRows.rows(query)).containsExactly("a text|kind|1|null|null");
    assertThat(heard.words)
        .containsExactly("read as a whole: nothing tells which rows of the source are new");
    assertThat(kept()).doesNotExist();
  }

  @Test
  void keptRowsThatAreDamagedOrOfSomebodyElseAreRefused() throws Exception {
    GrowingRows.write(files(), 1, 12);
    update();
    Path state = states().get(0);
    String written = Files.readString(state);
    Files.writeString(state, "{}");
    assertThatThrownBy(this::update)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageEndingWith("is not as it was written; remove the folder to read all rows anew");
    Files.delete(state.resolveSibling("." + state.getFileName() + ".crc"));
    assertThatThrownBy(this::update)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageEndingWith("remove its folder to read all rows anew");
    Files.writeString(state, written);
    try (Stream<Path> walked = Files.walk(kept())) {
      Files.delete(walked.filter(file -> file.toString().endsWith(".parquet")).findFirst().get());
    }
    assertThatThrownBy(this::update)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("part-00000001 does not hold the files that state-00000001.json");
    Files.writeString(kept().resolve("thesis.txt"), "mine");
    assertThatThrownBy(this::update)
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("it holds thesis.txt, which is none of ours");
    assertThat(kept().resolve("thesis.txt")).exists();
  }

  @Test
  void partsAreJoinedOnceWhatFollowsIsAQuarter() {
    assertThat(KeptRows.firstToJoin(List.of())).isEqualTo(-1);
    assertThat(KeptRows.firstToJoin(List.of(5L))).isZero();
    assertThat(KeptRows.firstToJoin(List.of(9L, 9L, 9L, 9L, 9L, 9L, 9L, 9L))).isEqualTo(7);
    assertThat(KeptRows.firstToJoin(List.of(1000L, 9L, 9L, 9L, 9L, 9L, 9L, 9L, 9L))).isEqualTo(1);
    assertThat(KeptRows.firstToJoin(List.of(100L, 9L, 9L, 9L, 9L, 9L, 9L, 9L, 9L))).isZero();
    assertThat(
            KeptRows.firstToJoin(
                List.of(9_000_000L, 900_000L, 90_000L, 9_000L, 900L, 90L, 9L, 2L, 0L)))
        .isEqualTo(7);
  }

  /** A year of nights of a thousand rows rewrites each row a few times, not once a night. */
  @Test
  void aYearOfNightsWritesARowFewTimes() {
    List<Long> parts = new ArrayList<>(List.of(100_000L));
    long written = 0;
    for (int night = 0; night < 365; night++) {
      parts.add(1_000L);
      int first = KeptRows.firstToJoin(parts);
      if (first < parts.size() - 1) {
        List<Long> joined = parts.subList(first, parts.size());
        long rows = joined.stream().mapToLong(Long::longValue).sum();
        written += rows;
        joined.clear();
        parts.add(rows);
      }
      assertThat(parts.size()).isLessThanOrEqualTo(KeptRows.MOST_PARTS);
    }
    assertThat(parts.stream().mapToLong(Long::longValue).sum()).isEqualTo(465_000);
    assertThat(written / 465_000.0).isLessThan(10);
  }

  private int endedAt(Moment moment) throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    List<String> command =
        new ArrayList<>(
            Arrays.asList(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Path.of("..", "conf", "jvm.options"),
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                GrowingRows.class.getName(),
                files().toString(),
                kept().toString(),
                moment.name()));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    return process.waitFor();
  }

  private Path files() {
    return folder.resolve("rows");
  }

  private Path kept() {
    return folder.resolve("kept");
  }

  private RowSource growing() {
    return GrowingRows.growing(files(), kept(), heard, duplicates);
  }

  private RowSource whole() {
    return GrowingRows.whole(files(), duplicates);
  }

  /** Reads what is new, without looking at all rows. */
  private void update() {
    RowSource source = growing();
    source.rows(SPARK, List.of("text", "label", "id"), RowLimits.defaults());
    source.release();
  }

  private List<Path> parts() throws IOException {
    return named("part-");
  }

  private List<Path> states() throws IOException {
    return named("state-");
  }

  private List<Path> named(String start) throws IOException {
    try (Stream<Path> entries = Files.list(kept())) {
      return entries
          .filter(entry -> entry.getFileName().toString().startsWith(start))
          .collect(Collectors.toList());
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> walked = Files.walk(from)) {
      for (Path file : walked.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private static void remove(Path root) throws IOException {
    try (Stream<Path> walked = Files.walk(root)) {
      for (Path file : walked.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
