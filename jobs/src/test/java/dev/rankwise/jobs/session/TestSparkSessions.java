package dev.rankwise.jobs.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.jobs.conf.SparkSection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("core")
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

  /** Spark 4 would end a run at a text that is no number, where Spark 3.5 says null. */
  @Test
  void conditionsOnRowsSayTheSameOnEverySpark() {
    assertThat(settings(Map.of()).get("spark.sql.ansi.enabled")).isEqualTo("false");
    assertThat(settings(Map.of("spark.sql.ansi.enabled", "true")).get("spark.sql.ansi.enabled"))
        .isEqualTo("true");
  }

  @Test
  void secretThatTheRecipeOfARunHidesIsLeftToTheEnvironment() {
    SparkConf conf = settings(Map.of("spark.hadoop.fs.s3a.secret.key", "(redacted)"));

    assertThat(conf.contains("spark.hadoop.fs.s3a.secret.key")).isFalse();
  }

  @Test
  void sparkHidesWhatIsASecretHere() {
    Pattern hidden = Pattern.compile(settings(Map.of()).get("spark.redaction.regex"));

    for (String name :
        List.of("my.api-key", "fs.s3a.access.key", "x.passwd", "a.token", "my.credentials")) {
      assertThat(hidden.matcher("spark.hadoop." + name).find()).as(name).isTrue();
    }
    assertThat(hidden.matcher("spark.executor.memory").find()).isFalse();
    assertThat(settings(Map.of("spark.redaction.regex", "mine")).get("spark.redaction.regex"))
        .isEqualTo("mine");
  }

  private SparkConf settings(Map<String, String> recipe) {
    return SparkSessions.settings(
        "rankwise test", new SparkSection(new TreeMap<>(recipe)), submitted);
  }
}
