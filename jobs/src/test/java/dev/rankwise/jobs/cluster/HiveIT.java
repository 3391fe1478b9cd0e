package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A table of Hive's in its own text format, in the metastore of a whole Spark distribution. */
@Tag("cluster")
@Tag("long")
final class HiveIT {
  private static final Path FOLDER = ClusterFolders.empty("hive");

  @Test
  void aTableOfHivesIsReadAndItsVersionIsThatOfItsFiles() throws Exception {
    SparkHome home = SparkHome.distribution();
    sql(
        home,
        "CREATE TABLE tickets (id INT, message STRING, queue STRING) PARTITIONED BY (day STRING)"
            + " ROW FORMAT DELIMITED FIELDS TERMINATED BY '|'; SET"
            + " hive.exec.dynamic.partition.mode=nonstrict; INSERT INTO tickets SELECT id,"
            + " concat('the thing of room ', id), concat('queue ', id % 3), concat('d', id % 2) FROM"
            + " range(40)");
    SparkSubmit.Finished first = prepare(home);
    assertThat(first.exitCode()).as(first.output()).isZero();
    assertThat(first.output()).contains("40 rows: ");
    JsonNode source = source();
    assertThat(source.path("kind").asText()).isEqualTo("table");
    assertThat(source.path("version").asText()).matches("[0-9a-f]{64}");

    assertThat(prepare(home).output()).contains("unchanged since: 40 rows: ");
    sql(home, "INSERT INTO tickets PARTITION (day = 'd2') SELECT 100, 'one more thing', 'queue 1'");
    assertThat(prepare(home).output()).contains("41 rows: ").doesNotContain("unchanged since");
    assertThat(source().path("version")).isNotEqualTo(source.path("version"));
    sql(home, "DROP TABLE tickets");
    SparkSubmit.Finished gone = prepare(home);
    assertThat(gone.exitCode()).as(gone.output()).isEqualTo(3);
    assertThat(gone.output()).contains("Cannot read table \"tickets\": Spark's catalog does not");
  }

  private static JsonNode source() throws IOException {
    return new ObjectMapper()
        .readTree(FOLDER.resolve("out/data/manifest.json").toFile())
        .path("sources")
        .path(0);
  }

  private static SparkSubmit.Finished prepare(SparkHome home)
      throws IOException, InterruptedException {
    Path recipe =
        Files.writeString(
            FOLDER.resolve("recipe.yaml"),
            """
            base: {model: minilm}
            data: {source: "table:tickets", text-column: message, label-column: queue, key-column: id, test-fraction: 0.25}
            adapter: {modules-to-save: [classifier, pooler]}
            spark: {sql.catalogImplementation: hive}
            """);
    SparkSubmit submit = new SparkSubmit(home, "local[2]", ClusterFolders.empty("hive/driver"));
    settings().forEach(setting -> submit.with(setting.name(), setting.value()));
    return submit.run(
        List.of("prepare", recipe.toString(), "--out", FOLDER.resolve("out").toString()));
  }

  private static void sql(SparkHome home, String commands)
      throws IOException, InterruptedException {
    List<String> command =
        new java.util.ArrayList<>(
            List.of(home.folder().resolve("bin/spark-sql").toString(), "--master", "local[2]"));
    settings().forEach(it -> command.addAll(List.of("--conf", it.name() + "=" + it.value())));
    command.addAll(List.of("-e", commands));
    try (ChildProcess process =
        ChildProcess.start(command, home.environment(), FOLDER, FOLDER.resolve("spark-sql.log"))) {
      assertThat(process.exitCode(Duration.ofMinutes(5))).as(process.output()).isZero();
    }
  }

  private record Setting(String name, String value) {}

  /** Where the metastore, an Apache Derby, and the tables lie. */
  private static List<Setting> settings() {
    return List.of(
        new Setting("spark.sql.warehouse.dir", FOLDER.resolve("warehouse").toUri().toString()),
        new Setting(
            "spark.hadoop.javax.jdo.option.ConnectionURL",
            "jdbc:derby:;databaseName=%s;create=true".formatted(FOLDER.resolve("metastore"))));
  }
}
