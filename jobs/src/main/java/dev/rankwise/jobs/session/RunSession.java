package dev.rankwise.jobs.session;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.text.FileNames;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import java.util.function.Consumer;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * A Spark session with the base of a recipe, for the time of one command.
 *
 * <p>A session that was there before, a notebook's or that of a list of runs, is used with its
 * master and left running.
 */
public final class RunSession implements AutoCloseable {
  private final SparkSession spark;
  private final BaseReference reference;
  private final BaseDirectory base;
  private final boolean taken;

  private RunSession(
      SparkSession spark, BaseReference reference, BaseDirectory base, boolean taken) {
    this.spark = spark;
    this.reference = reference;
    this.base = base;
    this.taken = taken;
  }

  /** Finds the base of the recipe, then starts Spark. */
  public static RunSession start(String verb, Recipe recipe) {
    return start(verb, recipe, base -> {});
  }

  /**
   * Finds the base of the recipe, then starts Spark.
   *
   * @param check throws if the base will not do; runs before Spark, which takes seconds, starts
   */
  public static RunSession start(String verb, Recipe recipe, Consumer<BaseDirectory> check) {
    return start(verb, recipe.base().model(), recipe.spark(), check);
  }

  /** Finds a base, then starts Spark. */
  public static RunSession start(String verb, String model, SparkSection settings) {
    return start(verb, model, settings, base -> {});
  }

  private static RunSession start(
      String verb, String model, SparkSection settings, Consumer<BaseDirectory> check) {
    FileNames.ofThisProcess().requirePath(model);
    BaseDirectory base = SparkSessions.bases(settings).resolve(model);
    check.accept(base);
    BaseReference reference = BaseReference.to(model, base);
    boolean taken = SparkSessions.isRunning();
    SparkSession spark = SparkSessions.start("rankwise " + verb, settings);
    return new RunSession(spark, reference, base, taken);
  }

  public SparkSession spark() {
    return spark;
  }

  public JavaSparkContext context() {
    return JavaSparkContext.fromSparkContext(spark.sparkContext());
  }

  /** The base, as executors find it. */
  public BaseReference reference() {
    return reference;
  }

  /** The base's files on this host. */
  public BaseDirectory base() {
    return base;
  }

  /** What the base is, without anything on top of it. */
  public ModelConfig config() {
    return ModelConfig.read(base.config());
  }

  /** Whether the session was there before, so that its processes may have done other runs. */
  public boolean isTaken() {
    return taken;
  }

  public String master() {
    return spark.sparkContext().master();
  }

  /** Cores of one task. */
  public int taskCores() {
    SparkConf conf = spark.sparkContext().getConf();
    return conf.getInt("spark.task.cpus", 1);
  }

  @Override
  public void close() {
    if (!taken) {
      spark.stop();
    }
  }
}
