package dev.rankwise.datasets.base;

import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseSource;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import scala.Tuple2;

/**
 * Bases as a process of Spark finds them: on this host, the hub, and the file systems of Hadoop.
 */
public final class SparkBases {
  private static final String PREFIX = "spark.hadoop.";

  private SparkBases() {}

  /**
   * The bases of this process, driver or executor: file systems are reached as Spark's settings
   * say; before Spark is started, as {@code spark-submit} says.
   */
  public static BaseSource source() {
    return source(settings());
  }

  /** How this process, driver or executor, reaches file systems. */
  public static Configuration configuration() {
    return configuration(settings());
  }

  private static SparkConf settings() {
    SparkEnv spark = SparkEnv.get();
    return spark == null ? new SparkConf() : spark.conf();
  }

  /** The bases of a driver that will start Spark with these settings. */
  public static BaseSource source(SparkConf settings) {
    return new BaseSource(BaseCache.defaultRoot(), new HadoopFolders(configuration(settings)));
  }

  /** How a driver that will start Spark with these settings reaches file systems. */
  public static Configuration configuration(SparkConf settings) {
    Configuration configuration = new Configuration();
    for (Tuple2<String, String> setting : settings.getAll()) {
      if (setting._1().startsWith(PREFIX)) {
        configuration.set(setting._1().substring(PREFIX.length()), setting._2());
      }
    }
    return configuration;
  }
}
