package dev.rankwise.datasets;

import org.apache.spark.sql.SparkSession;

/** One real local Spark session for all tests of this JVM. */
public final class LocalSpark {
  private static final SparkSession SESSION =
      SparkSession.builder()
          .master("local[2]")
          .appName("datasets tests")
          .config("spark.ui.enabled", "false")
          .config("spark.sql.shuffle.partitions", "4")
          .config("spark.sql.warehouse.dir", "target/spark-warehouse")
          .getOrCreate();

  private LocalSpark() {}

  /** The session. */
  public static SparkSession session() {
    return SESSION;
  }
}
