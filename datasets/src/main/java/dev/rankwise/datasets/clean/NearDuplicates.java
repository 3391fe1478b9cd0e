package dev.rankwise.datasets.clean;

import dev.rankwise.datasets.clean.text.MinHash;
import dev.rankwise.datasets.clean.text.WordGrams;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * Finds texts that nearly another text is.
 *
 * <pre>
 * texts ──number──▶ by the order of their rows      the least of a cluster stays
 *       ──grams───▶ sets of runs of 5 words          {@link WordGrams}
 *       ──meet────▶ pairs in one bucket              {@link MinHash}
 *       ──compare─▶ pairs with Jaccard ≥ similarity  by the whole sets: no chance in the verdict
 *       ──join────▶ clusters                         {@link ConnectedComponents}
 * </pre>
 *
 * <p>Chance lies in the meeting alone: two texts as alike as asked meet with the probability that
 * {@link MinHash} gives. Clusters are chained: two texts in one may be less alike than asked.
 *
 * <p>A bucket that holds very many texts is gone through in order, and each text is compared with
 * the first {@link #FIRSTS} of the bucket and the {@link #BEFORE} before it. In buckets of up to 65
 * that is every pair, and in larger ones a number of pairs that grows with the texts and not with
 * their square. Texts of a template, which fill such buckets, are like those first ones.
 *
 * <p>The same whatever the partitions: numbers follow from the rows, and each bucket is read in the
 * order of numbers.
 */
final class NearDuplicates {
  /** Words of a run. */
  static final int WORDS = 5;

  private static final int FIRSTS = 32;
  private static final int BEFORE = 32;
  private static final String NUMBER = "number";
  private static final String GRAMS = "grams";
  private static final String ORDER = "order";

  private static final StructType NUMBERED =
      new StructType()
          .add(NUMBER, DataTypes.LongType, false)
          .add(ORDER, DataTypes.BinaryType, false)
          .add(GRAMS, DataTypes.createArrayType(DataTypes.LongType, false), false);

  private final SparkSession spark;
  private final double similarity;
  private final List<Dataset<Row>> kept = new ArrayList<>();

  NearDuplicates(SparkSession spark, double similarity) {
    this.spark = spark;
    this.similarity = similarity;
  }

  /**
   * The orders of texts that are nearly another's and do not stay.
   *
   * @param texts BINARY, a row's order, each once; STRING, its text
   * @return BINARY, kept until {@link #release}
   */
  Dataset<Row> of(Dataset<Row> texts) {
    JavaRDD<Row> sets =
        texts
            .sort(texts.columns()[0])
            .toJavaRDD()
            .zipWithIndex()
            .map(
                row ->
                    RowFactory.create(
                        row._2(),
                        row._1().get(0),
                        boxed(WordGrams.distinct(row._1().getString(1), WORDS))));
    Dataset<Row> numbered = keep(spark.createDataFrame(sets, NUMBERED));
    Dataset<Row> clusters = ConnectedComponents.of(alike(numbered, meeting(numbered)));
    kept.add(clusters);
    return numbered
        .join(clusters.select(functions.col(SortedRuns.FIRST).as(NUMBER)).distinct(), NUMBER)
        .select(ORDER);
  }

  /** Lets go of what was kept. */
  void release() {
    kept.forEach(Dataset::unpersist);
    kept.clear();
  }

  private Dataset<Row> keep(Dataset<Row> rows) {
    Dataset<Row> held = rows.persist(StorageLevel.MEMORY_AND_DISK());
    kept.add(held);
    return held;
  }

  static Long[] boxed(long[] numbers) {
    return Arrays.stream(numbers).boxed().toArray(Long[]::new);
  }

  static long[] grams(Row row, int place) {
    return row.<Long>getList(place).stream().mapToLong(Long::longValue).toArray();
  }

  /** Pairs of numbers, the greater one first, of texts that meet in a bucket. */
  private Dataset<Row> meeting(Dataset<Row> numbered) {
    JavaRDD<Row> places =
        numbered
            .select(NUMBER, GRAMS)
            .toJavaRDD()
            .flatMap(
                row -> {
                  long[] grams = grams(row, 1);
                  long[] buckets = grams.length == 0 ? grams : MinHash.buckets(grams);
                  return Arrays.stream(buckets)
                      .mapToObj(bucket -> SortedRuns.pair(bucket, row.getLong(0)))
                      .iterator();
                });
    Dataset<Row> inBuckets = spark.createDataFrame(places, SortedRuns.PAIRS);
    return SortedRuns.over(inBuckets, Meeting::new).distinct();
  }

  /** Those of the pairs that are as alike as asked. */
  private Dataset<Row> alike(Dataset<Row> numbered, Dataset<Row> pairs) {
    Dataset<Row> one =
        numbered.select(functions.col(NUMBER).as(SortedRuns.FIRST), functions.col(GRAMS));
    Dataset<Row> other =
        numbered.select(
            functions.col(NUMBER).as(SortedRuns.SECOND), functions.col(GRAMS).as("others"));
    double least = similarity;
    JavaRDD<Row> alike =
        pairs
            .join(one, SortedRuns.FIRST)
            .join(other, SortedRuns.SECOND)
            .select(SortedRuns.FIRST, SortedRuns.SECOND, GRAMS, "others")
            .toJavaRDD()
            .filter(row -> WordGrams.jaccard(grams(row, 2), grams(row, 3)) >= least)
            .map(row -> SortedRuns.pair(row.getLong(0), row.getLong(1)));
    return spark.createDataFrame(alike, SortedRuns.PAIRS);
  }

  /** Pairs the texts of a bucket. */
  static final class Meeting implements SortedRuns.Reading {
    private final List<Long> firsts = new ArrayList<>();
    private final Deque<Long> before = new ArrayDeque<>();
    private long bucket;

    @Override
    public void read(long first, long second, Deque<Row> out) {
      if (first != bucket) {
        firsts.clear();
        before.clear();
        bucket = first;
      }
      for (long earlier : firsts) {
        out.add(SortedRuns.pair(second, earlier));
      }
      for (long earlier : before) {
        out.add(SortedRuns.pair(second, earlier));
      }
      if (firsts.size() < FIRSTS) {
        firsts.add(second);
        return;
      }
      before.add(second);
      if (before.size() > BEFORE) {
        before.remove();
      }
    }
  }
}
