package dev.rankwise.jobs.run;

import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.pipeline.train.SparkDefaults;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Starts the Spark session of a command. */
public final class SparkSessions {
  private static final String MASTER = "spark.master";
  private static final String ALL_CORES = "local[*]";
  private static final String LOOPBACK = "127.0.0.1";

  private SparkSessions() {}

  /**
   * The session of a command. What {@code spark-submit} says wins over the recipe, and both over
   * our defaults; without a master the cores of this machine are used.
   *
   * @param name what Spark's pages call the application
   * @param recipe the recipe's settings of Spark
   * @throws ClusterException if Spark cannot be started
   */
  public static SparkSession start(String name, SparkSection recipe) {
    SparkConf conf = new SparkConf();
    recipe.settings().forEach(conf::setIfMissing);
    conf.setIfMissing(MASTER, ALL_CORES);
    conf.setIfMissing("spark.app.name", name);
    conf.setIfMissing("spark.sql.session.timeZone", "UTC");
    if (conf.get(MASTER).startsWith("local")) {
      // All of it is on this machine, whatever its name resolves to.
      conf.setIfMissing("spark.driver.host", LOOPBACK);
      conf.setIfMissing("spark.driver.bindAddress", LOOPBACK);
      conf.setIfMissing("spark.ui.enabled", "false");
      conf.setIfMissing("spark.sql.shuffle.partitions", "8");
    }
    SparkDefaults.applyTo(conf);
    try {
      return SparkSession.builder().config(conf).getOrCreate();
    } catch (RuntimeException e) {
      throw new ClusterException(
          "Cannot start Spark on %s: %s; check spark.master and that its ports can be reached"
              .formatted(conf.get(MASTER), e.getMessage()),
          e);
    }
  }
}
