package dev.rankwise.pipeline.train;

import dev.rankwise.models.failure.UserInputException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkConf;

/** The Spark settings that training needs, and why. A setting of the user's always wins. */
public final class SparkDefaults {
  private static final String RESULT_SIZE = "spark.driver.maxResultSize";
  private static final Map<String, String> SETTINGS = settingsByKey();

  private SparkDefaults() {}

  private static Map<String, String> settingsByKey() {
    Map<String, String> settings = new LinkedHashMap<>();
    // Parameters and gradients are noise to a compressor: it would cost time and save nothing.
    settings.put("spark.broadcast.compress", "false");
    // A gradient of megabytes comes back with its task's end instead of being fetched after it.
    settings.put("spark.task.maxDirectResultSize", "100m");
    settings.put(RESULT_SIZE, "2g");
    // A step is shorter than the 3 s that Spark would wait for a group's own executor.
    settings.put("spark.locality.wait", "300ms");
    // A second copy of a slow task competes for the cores of the first one.
    settings.put("spark.speculation", "false");
    settings.put("spark.ui.showConsoleProgress", "false");
    // Every step is a job; the status store would keep a thousand of them.
    settings.put("spark.ui.retainedJobs", "50");
    settings.put("spark.ui.retainedStages", "50");
    settings.put("spark.ui.retainedTasks", "2000");
    // oneDNN keeps a kernel for each size that it meets, and libtorch beside it: a thousand of each
    // would take more than a small base.
    settings.put("spark.executorEnv.ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64");
    settings.put("spark.executorEnv.LRU_CACHE_CAPACITY", "64");
    // Each thread that ever computed would keep an arena of its own with what it has freed.
    settings.put("spark.executorEnv.MALLOC_ARENA_MAX", "2");
    return Collections.unmodifiableMap(settings);
  }

  /** All settings, by key, for files and for people. */
  public static Map<String, String> settings() {
    return SETTINGS;
  }

  /** Adds the settings that {@code conf} does not have yet, before a context is made from it. */
  public static SparkConf applyTo(SparkConf conf) {
    SETTINGS.forEach(conf::setIfMissing);
    return conf;
  }

  /**
   * The most that the driver takes of one job's results, in bytes; 0 for whatever comes.
   *
   * @param conf the settings of a context
   */
  public static long resultLimit(SparkConf conf) {
    return conf.getSizeAsBytes(RESULT_SIZE, "1g");
  }

  /**
   * What the groups of a step send to the driver, in bytes: a gradient each, and 4 kB for what goes
   * with it.
   */
  public static long resultBytes(int groups, long parameters) {
    return groups * (parameters * Float.BYTES + 4096);
  }

  /** What lets the driver take results of so many bytes, as an option of {@code spark-submit}. */
  public static String resultOption(long bytes) {
    return "--conf %s=%sm".formatted(RESULT_SIZE, (bytes >> 20) + 64);
  }

  /**
   * Refuses a run whose results the driver would refuse after they were computed.
   *
   * @throws UserInputException with the setting to use
   */
  static void checkResultSize(SparkConf conf, int groups, int parameters) {
    long limit = resultLimit(conf);
    long needed = resultBytes(groups, parameters);
    if (limit > 0 && needed > limit) {
      throw new UserInputException(
          ("Cannot collect the gradients of a step: %s groups of %s parameters are %s bytes, and"
                  + " spark.driver.maxResultSize allows %s; set %s, or use fewer groups")
              .formatted(groups, parameters, needed, limit, resultOption(needed)));
    }
  }
}
