package dev.rankwise.datasets.clean;

import dev.rankwise.datasets.clean.text.MinHash;
import dev.rankwise.datasets.clean.text.WordGrams;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Nearly the same texts among rows that came one part after another: what {@link NearDuplicates}
 * finds at once, found by comparing what is new with all there is.
 *
 * <pre>
 * texts   id, buckets, grams     of each different text, once
 * alike   first, second          ids of two texts as alike as asked
 * </pre>
 *
 * <p>A text's id are the first 64 bits of the SHA-256 that tells equal texts: of ten million texts
 * two agree by chance with a probability of 3e-6. Pairs that were found stay; which text of a
 * cluster stays is told anew each time, by all rows. In a bucket of up to 65 texts every pair is
 * compared once, so that the pairs are those that one comparison of all texts would find, in
 * whatever parts they came. In a larger one each text meets the 32 with the least ids and the 32
 * before it, among those that were there when it came or come with it.
 */
final class KeptTexts {
  static final StructType TEXTS =
      new StructType()
          .add("id", DataTypes.LongType, false)
          .add("buckets", DataTypes.createArrayType(DataTypes.LongType, false), false)
          .add("grams", DataTypes.createArrayType(DataTypes.LongType, false), false);

  static final StructType ALIKE = SortedRuns.PAIRS;

  private static final StructType RANKED =
      new StructType()
          .add("rank", DataTypes.LongType, false)
          .add("order", DataTypes.BinaryType, false)
          .add("id", DataTypes.LongType, false);

  /** A column that holds one number of a list a row. */
  private static final String ONE = "one";

  private KeptTexts() {}

  /**
   * The texts of rows that are not among those that are kept.
   *
   * @param rows of {@link CleaningPass#schema}
   * @param kept of {@link #TEXTS}
   */
  static Dataset<Row> added(SparkSession spark, Dataset<Row> rows, Dataset<Row> kept) {
    Dataset<Row> known = kept.select(functions.col("id").as("known"));
    Dataset<Row> texts =
        rows.where(functions.col(CleaningPass.TEXT).isNotNull())
            .select(
                id(functions.col(CleaningPass.TEXT_HASH)).as("id"),
                functions.col(CleaningPass.TEXT))
            .dropDuplicates("id")
            .join(known, functions.col("id").equalTo(known.col("known")), "left_anti");
    JavaRDD<Row> told = texts.toJavaRDD().map(KeptTexts::told);
    return spark.createDataFrame(told, TEXTS);
  }

  private static Row told(Row text) {
    long[] grams = WordGrams.distinct(text.getString(1), NearDuplicates.WORDS);
    long[] buckets = grams.length == 0 ? grams : MinHash.buckets(grams);
    return RowFactory.create(
        text.getLong(0), NearDuplicates.boxed(buckets), NearDuplicates.boxed(grams));
  }

  /**
   * Pairs of texts that are as alike as asked, at least one of each pair new.
   *
   * @param added the new texts
   * @param kept those before; none of them is new
   */
  static Dataset<Row> alike(Dataset<Row> added, Dataset<Row> kept, double similarity) {
    SparkSession spark = added.sparkSession();
    Dataset<Row> all = kept.union(added);
    Dataset<Row> mine = inBuckets(added).select(functions.col(SortedRuns.FIRST).as(ONE)).distinct();
    Dataset<Row> met =
        SortedRuns.over(
                inBuckets(all)
                    .join(
                        mine, functions.col(SortedRuns.FIRST).equalTo(mine.col(ONE)), "left_semi"),
                NearDuplicates.Meeting::new)
            .distinct();
    Dataset<Row> fresh = added.select(functions.col("id").as("fresh"));
    Dataset<Row> other = added.select(functions.col("id").as("other"));
    Dataset<Row> asked =
        met.join(fresh, met.col(SortedRuns.FIRST).equalTo(fresh.col("fresh")), "left")
            .join(other, met.col(SortedRuns.SECOND).equalTo(other.col("other")), "left")
            .where(functions.col("fresh").isNotNull().or(functions.col("other").isNotNull()))
            .select(SortedRuns.FIRST, SortedRuns.SECOND);
    Dataset<Row> one =
        all.select(functions.col("id").as("one_id"), functions.col("grams").as("one_grams"));
    Dataset<Row> two =
        all.select(functions.col("id").as("two_id"), functions.col("grams").as("two_grams"));
    JavaRDD<Row> alike =
        asked
            .join(one, functions.col(SortedRuns.FIRST).equalTo(one.col("one_id")))
            .join(two, functions.col(SortedRuns.SECOND).equalTo(two.col("two_id")))
            .select(SortedRuns.FIRST, SortedRuns.SECOND, "one_grams", "two_grams")
            .toJavaRDD()
            .filter(
                row ->
                    WordGrams.jaccard(NearDuplicates.grams(row, 2), NearDuplicates.grams(row, 3))
                        >= similarity)
            .map(row -> SortedRuns.pair(row.getLong(0), row.getLong(1)));
    return spark.createDataFrame(alike, ALIKE);
  }

  private static Dataset<Row> inBuckets(Dataset<Row> texts) {
    return texts.select(
        functions.explode(functions.col("buckets")).as(SortedRuns.FIRST),
        functions.col("id").as(SortedRuns.SECOND));
  }

  /**
   * The orders of texts that are nearly another's and do not stay.
   *
   * @param texts a row's order, each once, and the hash of its text, each once too
   * @param alike pairs of ids
   * @return BINARY, one column
   */
  static Clusters others(Dataset<Row> texts, Dataset<Row> alike) {
    SparkSession spark = texts.sparkSession();
    JavaRDD<Row> sorted =
        texts
            .select(texts.col(texts.columns()[0]), id(texts.col(texts.columns()[1])))
            .sort(texts.columns()[0])
            .toJavaRDD()
            .zipWithIndex()
            .map(row -> RowFactory.create(row._2(), row._1().get(0), row._1().get(1)));
    Dataset<Row> ranked = spark.createDataFrame(sorted, RANKED).persist();
    Dataset<Row> first =
        ranked.select(functions.col("id").as("first_id"), functions.col("rank").as("first_rank"));
    Dataset<Row> second =
        ranked.select(functions.col("id").as("second_id"), functions.col("rank").as("second_rank"));
    Dataset<Row> pairs =
        alike
            .join(first, alike.col(SortedRuns.FIRST).equalTo(first.col("first_id")))
            .join(second, alike.col(SortedRuns.SECOND).equalTo(second.col("second_id")))
            .select(
                functions.col("first_rank").as(SortedRuns.FIRST),
                functions.col("second_rank").as(SortedRuns.SECOND));
    Dataset<Row> clusters = ConnectedComponents.of(pairs);
    Dataset<Row> losers = clusters.select(functions.col(SortedRuns.FIRST).as("lost")).distinct();
    return new Clusters(
        ranked
            .join(losers, functions.col("rank").equalTo(losers.col("lost")), "left_semi")
            .select("order"),
        ranked,
        clusters);
  }

  /**
   * What {@link #others} found, and what it keeps until it is let go.
   *
   * @param orders BINARY, one column
   */
  record Clusters(Dataset<Row> orders, Dataset<Row> ranked, Dataset<Row> clusters) {
    void release() {
      ranked.unpersist();
      clusters.unpersist();
    }
  }

  /** The first 64 bits of a hash, as a number with its sign. */
  private static Column id(Column hash) {
    return functions
        .conv(functions.hex(functions.substring(hash, 1, Long.BYTES)), 16, -10)
        .cast(DataTypes.LongType);
  }
}
