package dev.rankwise.datasets.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("spark")
final class TestNamedJobs {
  private final SparkContext spark = LocalSpark.session().sparkContext();
  private final Descriptions told = new Descriptions();

  /** What Spark's pages would show of each job. */
  private static final class Descriptions extends SparkListener {
    private final Queue<String> names = new ConcurrentLinkedQueue<>();

    @Override
    public void onJobStart(SparkListenerJobStart job) {
      names.add("" + job.properties().getProperty("spark.job.description"));
    }
  }

  @BeforeEach
  void listen() {
    spark.addSparkListener(told);
  }

  @AfterEach
  void stopListening() {
    spark.removeSparkListener(told);
    spark.clearJobGroup();
  }

  private long job() {
    return JavaSparkContext.fromSparkContext(spark).parallelize(List.of(1, 2), 1).count();
  }

  private List<String> names() throws Exception {
    spark.listenerBus().waitUntilEmpty();
    return List.copyOf(told.names);
  }

  @Test
  void jobsAreNamedAndThenCalledWhatTheyWereBefore() throws Exception {
    JavaSparkContext.fromSparkContext(spark).setJobGroup("paragraph", "a paragraph's own");
    NamedJobs named = NamedJobs.of(spark, "training step");
    job();
    named.now("training step 2 of 3");
    job();
    assertThat(NamedJobs.running(spark, "evaluate the model", this::job)).isEqualTo(2);
    job();
    named.close();
    job();

    assertThat(names())
        .containsExactly(
            "training step",
            "training step 2 of 3",
            "evaluate the model",
            "training step 2 of 3",
            "a paragraph's own");
  }

  @Test
  void failureTakesItsNameAlong() throws Exception {
    assertThatThrownBy(
            () ->
                NamedJobs.running(
                    spark,
                    "prepare the data",
                    () -> {
                      job();
                      throw new IllegalStateException("no rows");
                    }))
        .hasMessage("no rows");
    job();

    assertThat(names()).containsExactly("prepare the data", "null");
    assertThat(spark.getLocalProperty("callSite.short")).isNull();
  }
}
