package dev.rankwise.datasets.spark;

import dev.rankwise.datasets.source.SparkFailures;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;

/**
 * What Spark's pages, event log and history call the jobs that this thread starts, until this is
 * closed; then they are called what they were before, such as by the paragraph of a notebook.
 *
 * <p>The place in our code from which a job is started says nothing to whoever looks at these
 * pages, and Spark walks the stack to find it, for each broadcast and each job; where it is named,
 * Spark does not.
 */
public final class NamedJobs implements AutoCloseable {
  private static final String DESCRIPTION = "spark.job.description";
  private static final String SHORT_PLACE = "callSite.short";
  private static final String LONG_PLACE = "callSite.long";

  private final SparkContext spark;
  private final String description;
  private final String shortPlace;
  private final String longPlace;

  private NamedJobs(SparkContext spark) {
    this.spark = spark;
    this.description = spark.getLocalProperty(DESCRIPTION);
    this.shortPlace = spark.getLocalProperty(SHORT_PLACE);
    this.longPlace = spark.getLocalProperty(LONG_PLACE);
  }

  /**
   * Names the jobs from here on.
   *
   * @param doing what they do, for people: {@code prepare the rows}
   */
  public static NamedJobs of(SparkContext spark, String doing) {
    NamedJobs before = new NamedJobs(spark);
    spark.setLocalProperty(SHORT_PLACE, doing);
    spark.setLocalProperty(LONG_PLACE, doing);
    before.now(doing);
    return before;
  }

  /**
   * Runs jobs under a name, and tells of what fails by the same one.
   *
   * @param doing what they do, to stand by itself and to follow "Cannot": {@code prepare the data}
   * @throws dev.rankwise.models.failure.RankwiseException as {@link SparkFailures#running} does
   */
  public static <T> T running(SparkContext spark, String doing, Supplier<T> jobs) {
    NamedJobs named = of(spark, doing);
    try {
      return SparkFailures.running(doing, jobs);
    } finally {
      named.close();
    }
  }

  /** Says more of those that come next: {@code training step 3 of 250}. */
  public void now(String doing) {
    spark.setLocalProperty(DESCRIPTION, doing);
  }

  @Override
  public void close() {
    spark.setLocalProperty(DESCRIPTION, description);
    spark.setLocalProperty(SHORT_PLACE, shortPlace);
    spark.setLocalProperty(LONG_PLACE, longPlace);
  }
}
