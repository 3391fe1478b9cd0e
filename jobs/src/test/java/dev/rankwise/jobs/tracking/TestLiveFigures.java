package dev.rankwise.jobs.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.pipeline.train.StepMetrics;
import dev.rankwise.pipeline.train.StepTimes;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What Prometheus reads from the driver's page while a run trains. */
@Tag("spark")
final class TestLiveFigures {
  private static final String PAGE = "conf/metrics.properties";

  @Test
  void prometheusReadsTheFiguresOfTheLastStep() throws IOException {
    try (JavaSparkContext spark = new JavaSparkContext(asDocumented())) {
      LiveFigures figures = LiveFigures.among(spark);
      assertThat(ours(spark))
          .contains("metrics_rankwise_driver_rankwise_training_step_Value{type=\"gauges\"} 0");

      figures.stepEnded(step(2, 1.5, true));
      figures.stepEnded(step(3, 0.25, false));

      assertThat(ours(spark))
          .hasSize(2 * 12)
          .contains(
              "metrics_rankwise_driver_rankwise_training_step_Value{type=\"gauges\"} 3",
              "metrics_rankwise_driver_rankwise_training_steps_Value{type=\"gauges\"} 8",
              "metrics_rankwise_driver_rankwise_training_loss_Value{type=\"gauges\"} 0.25",
              "metrics_rankwise_driver_rankwise_training_tokens_per_second_Value{type=\"gauges\"} 256.0",
              "metrics_rankwise_driver_rankwise_training_skipped_steps_Value{type=\"gauges\"} 1",
              "metrics_rankwise_driver_rankwise_training_executors_Value{type=\"gauges\"} 1");

      figures.close();
      assertThat(ours(spark)).isEmpty();
    }
  }

  private static StepMetrics step(int number, double loss, boolean updated) {
    StepTimes times = new StepTimes(2, 1, 0, 0, 0, 0, 0, 0);
    return new StepMetrics(number, 8, 0, loss, 1e-3, 0.75, 10, 512, updated, times);
  }

  /** A driver with the file of {@code conf}, and a page at a port of its own. */
  private static SparkConf asDocumented() throws IOException {
    return new SparkConf(false)
        .setMaster("local[1]")
        .setAppName("live figures")
        .set("spark.driver.host", "127.0.0.1")
        .set("spark.driver.bindAddress", "127.0.0.1")
        .set("spark.ui.enabled", "true")
        .set("spark.ui.port", "0")
        .set("spark.metrics.namespace", "rankwise")
        .set("spark.metrics.conf", "../" + PAGE);
  }

  private static List<String> ours(JavaSparkContext spark) throws IOException {
    URI page = URI.create(spark.sc().uiWebUrl().get() + "/metrics/prometheus/");
    try (InputStream figures = page.toURL().openStream()) {
      String all = new String(figures.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(all).as("Spark's own").contains("metrics_rankwise_driver_");
      return all.lines().filter(line -> line.contains("_rankwise_training_")).toList();
    }
  }
}
