package dev.rankwise.datasets.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.shard.Funnel;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RowSources;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The quick start's table against a second reading of the same file, written as plainly as can be:
 * synset lines, ordered by hex SHA-256 of the offset, 2,000 for the test, 8,000 to train.
 */
@Tag("spark")
class TestWordNetPreparation {
  private static final String RESOURCE = "net/sf/extjwnl/data/wordnet/wn31/data.noun";
  private static final int TEST_ROWS = 2_000;
  private static final int TRAIN_ROWS = 8_000;
  private static final int NOUN_SYNSETS = 82_192;

  @TempDir static Path folder;

  private static SparkSession spark;
  private static PreparedData prepared;
  private static List<Gloss> expected;

  private record Gloss(String hash, String id, String text, int file) {}

  @BeforeAll
  static void prepare() throws Exception {
    spark = LocalSpark.session();
    PreparationSettings settings =
        PreparationSettings.of(
                LabelledColumns.of("text", "label").keyedBy("id"),
                SplitRule.counts(TEST_ROWS, TRAIN_ROWS))
            .withMaximumTokens(128);
    prepared =
        new DataPreparation(RowSources.at("wordnet"), settings, new WordTokenizer.Source())
            .prepare(spark, folder.resolve("data").toString());
    expected = glosses();
  }

  @Test
  void everyNounSynsetIsARow() {
    Funnel funnel = prepared.manifest().funnel();

    assertThat(expected).hasSize(NOUN_SYNSETS);
    assertThat(funnel)
        .isEqualTo(
            new Funnel(
                NOUN_SYNSETS,
                Map.of(),
                NOUN_SYNSETS - TEST_ROWS - TRAIN_ROWS,
                TRAIN_ROWS,
                TEST_ROWS,
                0));
  }

  @Test
  void labelsAreTheTwentySixLexicographerFiles() {
    assertThat(prepared.manifest().labels())
        .hasSize(26)
        .isSorted()
        .startsWith("Tops", "act", "animal")
        .endsWith("state", "substance", "time");
  }

  @Test
  void firstRowsByHashAreTheTest() {
    assertThat(ids(Split.TEST))
        .isEqualTo(expected.subList(0, TEST_ROWS).stream().map(Gloss::id).toList());
  }

  @Test
  void nextRowsByHashTrain() {
    assertThat(ids(Split.TRAIN))
        .isEqualTo(
            expected.subList(TEST_ROWS, TEST_ROWS + TRAIN_ROWS).stream().map(Gloss::id).toList());
  }

  @Test
  void textAndLabelAreThoseOfTheSynset() {
    List<String> labels = prepared.manifest().labels();
    List<String> files = lexicographerFiles();
    WordTokenizer tokenizer = new WordTokenizer();

    for (Example example : prepared.preview(spark, Split.TEST, 200)) {
      Gloss gloss = expected.get(example.position());
      assertThat(example.ids()).isEqualTo(tokenizer.encode(gloss.text(), 128));
      assertThat(labels.get(example.label())).isEqualTo(files.get(gloss.file() - 3));
    }
  }

  @Test
  void lengthsAreByPosition() {
    int[] lengths = prepared.sizes(spark, Split.TRAIN).lengths();

    assertThat(lengths).hasSize(TRAIN_ROWS);
    for (Example example : prepared.preview(spark, Split.TRAIN, 50)) {
      assertThat(lengths[example.position()]).isEqualTo(example.length());
    }
  }

  private static List<String> ids(Split split) {
    return prepared.examples(spark, split).collect().stream()
        .sorted(Comparator.comparingInt(Example::position))
        .map(Example::rowId)
        .toList();
  }

  /** The order of lexnames(5WN), by sorting: upper case first, as the files are numbered. */
  private static List<String> lexicographerFiles() {
    return List.copyOf(new TreeSet<>(prepared.manifest().labels()));
  }

  private static List<Gloss> glosses() throws Exception {
    List<Gloss> glosses = new ArrayList<>();
    for (String line : text().split("\n")) {
      if (!line.startsWith("  ")) {
        String id = line.substring(0, 8);
        String gloss = line.substring(line.indexOf('|') + 1).split(";", 2)[0].strip();
        glosses.add(new Gloss(sha256(id), id, gloss, Integer.parseInt(line.substring(9, 11))));
      }
    }
    glosses.sort(Comparator.comparing(Gloss::hash));
    return glosses;
  }

  private static String text() throws IOException {
    try (InputStream in = ClassLoader.getSystemResourceAsStream(RESOURCE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String sha256(String id) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.US_ASCII)));
  }
}
