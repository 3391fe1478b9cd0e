package dev.rankwise.jobs.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.LeftOut;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A real MLflow server from PyPI, a process of its own on loopback, with SQLite and files in a
 * folder; it may be stopped and started again with what it has.
 */
final class MlflowProcess implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String API = "/api/2.0/mlflow/";
  private static final int OK = 200;
  private static final Duration START_LIMIT = Duration.ofMinutes(3);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newBuilder().version(Version.HTTP_1_1).build();
  private final Path program;
  private final Path folder;
  private final int port;
  private ChildProcess process;

  private MlflowProcess(Path program, Path folder, int port) {
    this.program = program;
    this.folder = folder;
    this.port = port;
  }

  /** Starts one; where there is no MLflow the test is left out. */
  static MlflowProcess start(Path folder) throws IOException, InterruptedException {
    Path program = Path.of(System.getProperty("rankwise.mlflow", "/nowhere"));
    if (!Files.isExecutable(program)) {
      LeftOut.because(
          "a real MLflow server, because there is none at %s; .ci/clusters installs it"
              .formatted(program));
    }
    Files.createDirectories(folder);
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    MlflowProcess server = new MlflowProcess(program, folder, port);
    server.start();
    return server;
  }

  /** Starts it, again with what it had. */
  void start() throws IOException, InterruptedException {
    List<String> command =
        List.of(
            program.toString(),
            "server",
            "--backend-store-uri",
            "sqlite:///" + folder.resolve("mlflow.db"),
            "--serve-artifacts",
            "--artifacts-destination",
            folder.resolve("files").toString(),
            "--host",
            LOOPBACK,
            "--port",
            String.valueOf(port),
            "--workers",
            "1");
    process = ChildProcess.start(command, Map.of(), folder, folder.resolve("mlflow.log"));
    long end = System.nanoTime() + START_LIMIT.toNanos();
    while (!isUp()) {
      if (!process.isAlive() || System.nanoTime() > end) {
        process.close();
        throw new AssertionError("MLflow did not start:\n" + process.tail());
      }
      Thread.sleep(200);
    }
  }

  /** Whether it answers. */
  boolean isUp() throws InterruptedException {
    try {
      HttpRequest health = HttpRequest.newBuilder(URI.create(address() + "/health")).build();
      return http.send(health, BodyHandlers.ofString()).statusCode() == OK;
    } catch (IOException e) {
      return false;
    }
  }

  String address() {
    return "http://%s:%s".formatted(LOOPBACK, port);
  }

  /** What it answers to a question by REST. */
  JsonNode get(String question) throws IOException, InterruptedException {
    return answer(HttpRequest.newBuilder(URI.create(address() + API + question)));
  }

  /** The same where the question is asked in JSON. */
  JsonNode post(String question, String json) throws IOException, InterruptedException {
    return answer(
        HttpRequest.newBuilder(URI.create(address() + API + question))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(json)));
  }

  private JsonNode answer(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
    if (response.statusCode() != OK) {
      throw new AssertionError("HTTP %s: %s".formatted(response.statusCode(), response.body()));
    }
    return JSON.readTree(response.body());
  }

  /** A file of a run, as whoever uses it gets it. */
  byte[] file(String experiment, String run, String name) throws IOException, InterruptedException {
    URI uri =
        URI.create(
            "%s/api/2.0/mlflow-artifacts/artifacts/%s/%s/artifacts/%s"
                .formatted(address(), experiment, run, name));
    HttpResponse<byte[]> response =
        http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofByteArray());
    if (response.statusCode() != OK) {
      throw new AssertionError(name + ": HTTP " + response.statusCode());
    }
    return response.body();
  }

  /** Stops it; what it has stays. */
  void stop() {
    process.closeWhole();
  }

  @Override
  public void close() {
    stop();
  }
}
