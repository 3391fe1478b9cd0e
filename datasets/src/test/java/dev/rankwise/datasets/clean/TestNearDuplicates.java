package dev.rankwise.datasets.clean;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.clean.text.WordGrams;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Beside every pair compared. */
@Tag("spark")
final class TestNearDuplicates {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final double SIMILARITY = 0.7;
  private static final StructType SCHEMA =
      new StructType().add("o", DataTypes.BinaryType, false).add("t", DataTypes.StringType, false);

  /**
   * 400 texts, two thirds of them others with words changed: of the pairs at 0.7 and above nearly
   * all are found, and none below. Whatever the partitions, the same rows are left out.
   */
  @Test
  void almostAllPairsAreFoundAndNoOthers() {
    List<String> texts = texts(400, 5);
    List<long[]> pairs = alike(texts);
    Set<Integer> expected = notTheLeast(texts.size(), pairs);
    assertThat(pairs).as("pairs at and above the similarity").hasSizeGreaterThan(100);

    Set<Integer> found = found(texts, 1);

    Set<Integer> both = new TreeSet<>(found);
    both.retainAll(expected);
    double recall = (double) both.size() / expected.size();
    double precision = (double) both.size() / found.size();
    System.out.printf(
        Locale.ROOT,
        "Near duplicates of 400 texts: %s by all pairs, recall %.4f, precision %.4f%n",
        expected.size(),
        recall,
        precision);
    assertThat(recall).isGreaterThanOrEqualTo(0.97);
    assertThat(precision).isGreaterThanOrEqualTo(0.99);
    assertThat(found(texts, 7)).isEqualTo(found);
    assertThat(found(texts, 23)).isEqualTo(found);
  }

  /** Every text has the same words but one, so they all lie in the same buckets. */
  @Test
  void aBucketThatHoldsAllTextsIsGoneThrough() {
    String template =
        "the order number %s that was placed in our shop on monday is on its way to you and will be"
            + " delivered within three working days by the carrier that you have chosen at checkout";
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      texts.add(template.formatted(i));
    }
    Set<Integer> found = found(texts, 5);
    assertThat(found).hasSize(599).doesNotContain(0);
  }

  @Test
  void textsWithoutAWordAreLikeNone() {
    assertThat(found(List.of("...", "!!!", "???", "a word", "a word!"), 2)).containsExactly(4);
  }

  private static Set<Integer> found(List<String> texts, int partitions) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      rows.add(RowFactory.create(ByteBuffer.allocate(4).putInt(i).array(), texts.get(i)));
    }
    Dataset<Row> frame = SPARK.createDataFrame(rows, SCHEMA).repartition(partitions);
    NearDuplicates near = new NearDuplicates(SPARK, SIMILARITY);
    try {
      return near.of(frame).collectAsList().stream()
          .map(row -> ByteBuffer.wrap(row.<byte[]>getAs(0)).getInt())
          .collect(Collectors.toCollection(TreeSet::new));
    } finally {
      near.release();
    }
  }

  private static List<long[]> alike(List<String> texts) {
    List<long[]> sets = texts.stream().map(text -> WordGrams.distinct(text, 5)).toList();
    List<long[]> pairs = new ArrayList<>();
    for (int i = 0; i < sets.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (WordGrams.jaccard(sets.get(i), sets.get(j)) >= SIMILARITY) {
          pairs.add(new long[] {i, j});
        }
      }
    }
    return pairs;
  }

  private static Set<Integer> notTheLeast(int texts, List<long[]> pairs) {
    int[] least = new int[texts];
    Arrays.setAll(least, i -> i);
    boolean changed = true;
    while (changed) {
      changed = false;
      for (long[] pair : pairs) {
        int both = Math.min(least[(int) pair[0]], least[(int) pair[1]]);
        changed |= least[(int) pair[0]] != both || least[(int) pair[1]] != both;
        least[(int) pair[0]] = both;
        least[(int) pair[1]] = both;
      }
    }
    Set<Integer> others = new TreeSet<>();
    for (int i = 0; i < texts; i++) {
      if (least[i] != i) {
        others.add(i);
      }
    }
    return others;
  }

  /** A third are new; of the others each is one of these with up to four words changed. */
  private static List<String> texts(int count, long seed) {
    Random random = new Random(seed);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (i % 3 == 0) {
        int length = 30 + random.nextInt(90);
        texts.add(
            random.ints(length, 0, 500).mapToObj(it -> "w" + it).collect(Collectors.joining(" ")));
        continue;
      }
      String[] words = texts.get(random.nextInt(texts.size())).split(" ");
      for (int change = random.nextInt(5); change > 0; change--) {
        words[random.nextInt(words.length)] = "n" + random.nextInt(500);
      }
      texts.add(String.join(" ", words));
    }
    return texts;
  }
}
