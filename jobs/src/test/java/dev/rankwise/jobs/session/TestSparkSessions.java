package dev.rankwise.jobs.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.jobs.conf.SparkSection;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

final class TestSparkSessions {
  private final SparkConf submitted = new SparkConf(false);

  @Test
  void sparkSubmitGoesBeforeTheRecipeAndTheRecipeBeforeOurs() {
    submitted.set("spark.master", "spark://host:7077");
    SparkConf conf =
        settings(
            Map.of(
                "spark.master",
                "local[1]",
                "spark.locality.wait",
                "7s",
                "spark.app.name",
                "tickets"));

    assertThat(conf.get("spark.master")).isEqualTo("spark://host:7077");
    assertThat(conf.get("spark.locality.wait")).isEqualTo("7s");
    assertThat(conf.get("spark.app.name")).isEqualTo("tickets");
    assertThat(conf.get("spark.speculation")).isEqualTo("false");
    assertThat(conf.contains("spark.driver.host")).isFalse();
    assertThat(submitted.contains("spark.app.name")).isFalse();
  }

  @Test
  void withoutAMasterAllCoresOfThisMachineAreUsed() {
    SparkConf conf = settings(Map.of());

    assertThat(conf.get("spark.master")).isEqualTo("local[*]");
    assertThat(conf.get("spark.app.name")).isEqualTo("rankwise test");
    assertThat(conf.get("spark.driver.bindAddress")).isEqualTo("127.0.0.1");
    assertThat(conf.get("spark.ui.enabled")).isEqualTo("false");
  }

  @Test
  void secretThatTheRecipeOfARunHidesIsLeftToTheEnvironment() {
    SparkConf conf = settings(Map.of("spark.hadoop.fs.s3a.secret.key", "(redacted)"));

    assertThat(conf.contains("spark.hadoop.fs.s3a.secret.key")).isFalse();
  }

  private SparkConf settings(Map<String, String> recipe) {
    return SparkSessions.settings(
        "rankwise test", new SparkSection(new TreeMap<>(recipe)), submitted);
  }
}
