package dev.rankwise.jobs.session;

import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.source.BaseSource;
import dev.rankwise.pipeline.train.SparkDefaults;
import org.apache.hadoop.conf.Configuration;
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
   * @throws ClusterException if Spark cannot be started, or the jar is not for it
   */
  public static SparkSession start(String name, SparkSection recipe) {
    BuiltFor.thisJar()
        .ifPresent(
            jar ->
                jar.require(
                    org.apache.spark.package$.MODULE$.SPARK_VERSION(),
                    scala.util.Properties.versionNumberString()));
    SparkConf conf = settings(name, recipe, new SparkConf());
    try {
      return SparkSession.builder().config(conf).getOrCreate();
    } catch (Exception e) {
      // Spark throws checked exceptions through methods that do not declare them.
      throw new ClusterException(
          "Cannot start Spark on %s: %s; check spark.master and that its ports can be reached"
              .formatted(
                  conf.get(MASTER), Redaction.withoutSecrets(String.valueOf(e.getMessage()))),
          e);
    }
  }

  /** Whether a session is there already, of whoever has this process run a command. */
  static boolean isRunning() {
    return SparkSession.getDefaultSession().exists(session -> !session.sparkContext().isStopped());
  }

  /** The bases as the session of a command will find them; nothing of Spark is started. */
  public static BaseSource bases(SparkSection recipe) {
    return SparkBases.source(settings("rankwise", recipe, new SparkConf()));
  }

  /** How file systems are reached, likewise. */
  public static Configuration files(SparkSection recipe) {
    return SparkBases.configuration(settings("rankwise", recipe, new SparkConf()));
  }

  /** All settings of a session, on top of those that {@code spark-submit} gave. */
  static SparkConf settings(String name, SparkSection recipe, SparkConf submitted) {
    SparkConf conf = submitted.clone();
    recipe.settings().forEach((key, value) -> add(conf, key, value));
    conf.setIfMissing(MASTER, ALL_CORES);
    conf.setIfMissing("spark.app.name", name);
    conf.setIfMissing("spark.sql.session.timeZone", "UTC");
    // As Spark 3.5 has it: a text that is no number is null, where Spark 4 would end the run.
    conf.setIfMissing("spark.sql.ansi.enabled", "false");
    conf.setIfMissing("spark.redaction.regex", Redaction.NAMES_FOR_SPARK);
    if (conf.get(MASTER).startsWith("local")) {
      // All of it is on this machine, whatever its name resolves to.
      conf.setIfMissing("spark.driver.host", LOOPBACK);
      conf.setIfMissing("spark.driver.bindAddress", LOOPBACK);
      conf.setIfMissing("spark.ui.enabled", "false");
      conf.setIfMissing("spark.sql.shuffle.partitions", "8");
    }
    return SparkDefaults.applyTo(conf);
  }

  /** A secret that a run folder's recipe does not show is left to the environment. */
  private static void add(SparkConf conf, String key, String value) {
    if (!value.equals(Redaction.REDACTED)) {
      conf.setIfMissing(key, value);
    }
  }
}
