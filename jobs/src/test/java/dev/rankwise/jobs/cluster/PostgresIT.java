package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.postgresql.Driver;

/**
 * Rows of a real PostgreSQL, by the packaged jar and a driver that the user brings by {@code
 * --jars}, and what becomes of a password.
 */
@Tag("cluster")
@Tag("long")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class PostgresIT {
  private static final Path FOLDER = ClusterFolders.empty("postgres");
  private static final String PASSWORD = "c4nary-of-postgres";
  private static final List<String> QUEUES = List.of("network", "billing", "printer");
  private static final int ROWS = 60;

  private static PostgresServer server;

  @BeforeAll
  static void startServer() throws Exception {
    server = PostgresServer.start(PASSWORD);
    List<String> commands = new ArrayList<>();
    commands.add(
        "CREATE TABLE tickets (id BIGINT PRIMARY KEY, message TEXT, queue VARCHAR(20), opened DATE)");
    List<String> lines = new ArrayList<>(List.of("id,message,queue"));
    for (int row = 0; row < ROWS; row++) {
      String message =
          "the %s of room %s is broken, \u00e9\u4e2d".formatted(QUEUES.get(row % 3), row);
      commands.add(
          "INSERT INTO tickets VALUES (%s, '%s', '%s', '2026-11-%s')"
              .formatted(row, message, QUEUES.get(row % 3), 1 + row % 28));
      lines.add("%s,\"%s\",%s".formatted(row, message, QUEUES.get(row % 3)));
    }
    server.run(commands.toArray(String[]::new));
    Files.write(FOLDER.resolve("tickets.csv"), lines);
  }

  @AfterAll
  static void stopServer() throws Exception {
    if (server != null) {
      server.close();
    }
  }

  @Test
  @Order(1)
  void rowsAreThoseOfTheSameFileAndThePasswordIsNowhere() throws Exception {
    SparkSubmit.Finished file = prepare("file", FOLDER.resolve("tickets.csv").toString(), PASSWORD);
    SparkSubmit.Finished table = prepare("table", server.address() + "#public.tickets", PASSWORD);

    assertThat(file.exitCode()).as(file.output()).isZero();
    assertThat(table.exitCode()).as(table.output()).isZero();
    assertThat(table.output()).contains("60 rows: ").doesNotContain(PASSWORD);
    assertThat(manifest("table").path("content_sha256"))
        .isEqualTo(manifest("file").path("content_sha256"));
    JsonNode source = manifest("table").path("sources").path(0);
    assertThat(source.path("kind").asText()).isEqualTo("jdbc");
    assertThat(source.path("location").asText()).isEqualTo(server.address() + "#public.tickets");
    assertThat(source.path("version").asText()).isEqualTo("unknown");
    assertThat(filesWith(PASSWORD)).isEmpty();
    assertThat(filesWith("of room 59")).isNotEmpty();
  }

  @Test
  @Order(2)
  void wrongPasswordAndTableThatVanishedAreTold() throws Exception {
    SparkSubmit.Finished refused = prepare("refused", server.address() + "#tickets", "wrong");

    assertThat(refused.exitCode()).as(refused.output()).isEqualTo(3);
    assertThat(refused.output())
        .contains("the database says FATAL: password authentication failed for user")
        .contains("check the user and the password of RANKWISE_JDBC_USER and RANKWISE_JDBC_PASS");

    server.run("DROP TABLE tickets");
    SparkSubmit.Finished gone = prepare("gone", server.address() + "#tickets", PASSWORD);
    assertThat(gone.exitCode()).as(gone.output()).isEqualTo(3);
    assertThat(gone.output())
        .contains("the database says ERROR: relation \"tickets\" does not exist");
  }

  @Test
  @Order(3)
  void serverThatIsDownMayBeTriedAgain() throws Exception {
    server.stop();

    SparkSubmit.Finished down = prepare("down", server.address() + "#tickets", PASSWORD);

    assertThat(down.exitCode()).as(down.output()).isEqualTo(6);
    assertThat(down.output()).contains("the database cannot be reached (");
    assertThat(filesWith(PASSWORD)).isEmpty();
  }

  private static SparkSubmit.Finished prepare(String name, String source, String password)
      throws IOException, InterruptedException {
    Path recipe =
        Files.writeString(
            FOLDER.resolve(name + ".yaml"),
            """
            base: {model: minilm}
            data: {source: "%s", text-column: message, label-column: queue, key-column: id, test-fraction: 0.25}
            adapter: {modules-to-save: [classifier, pooler]}
            """
                .formatted(source));
    SparkHome home =
        SparkHome.create(FOLDER.resolve("home"))
            .with("RANKWISE_JDBC_USER", PostgresServer.USER)
            .with("RANKWISE_JDBC_PASSWORD", password);
    return new SparkSubmit(home, "local[2]", ClusterFolders.empty("postgres/driver-" + name))
        .withJar(driver())
        .run(List.of("prepare", recipe.toString(), "--out", FOLDER.resolve(name).toString()));
  }

  private static Path driver() throws IOException {
    try {
      return Path.of(Driver.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (java.net.URISyntaxException e) {
      throw new IOException(e);
    }
  }

  private static JsonNode manifest(String name) throws IOException {
    return new ObjectMapper().readTree(FOLDER.resolve(name).resolve("data/manifest.json").toFile());
  }

  /** All files of the test, the event log and the driver's among them, that hold a text. */
  private static List<Path> filesWith(String text) throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(FOLDER)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.toString().endsWith(".jar")
            && new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
          found.add(file);
        }
      }
    }
    return found;
  }
}
