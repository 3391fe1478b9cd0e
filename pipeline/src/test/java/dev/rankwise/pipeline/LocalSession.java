package dev.rankwise.pipeline;

import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSources;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** Real local Spark for tests. Whoever starts a session stops it: a JVM has one context at most. */
public final class LocalSession {

  private LocalSession() {}

  /** Starts a session. */
  public static SparkSession start(String master) {
    return SparkSession.builder()
        .master(master)
        .appName("pipeline tests")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.sql.warehouse.dir", "target/spark-warehouse")
        .getOrCreate();
  }

  /**
   * The first glosses of WordNet in three classes, by the hash of their id: columns {@code id,
   * gloss, label}.
   */
  public static List<Row> glosses(SparkSession spark, int count) {
    return RowSources.at("wordnet")
        .rows(spark, List.of("id", "text", "label"), RowLimits.defaults())
        .selectExpr(
            "cast(id AS string) id", "cast(text AS string) gloss", "cast(label AS string) label")
        .filter("label IN ('animal', 'food', 'person')")
        .orderBy(functions.sha2(functions.col("id"), 256))
        .limit(count)
        .collectAsList();
  }

  /** Those rows again, as a table of this session. */
  public static Dataset<Row> table(SparkSession spark, List<Row> glosses, int partitions) {
    return spark.createDataFrame(glosses, glosses.get(0).schema()).repartition(partitions);
  }
}
