package dev.rankwise.jobs.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Spark's own standalone master and workers, each a process of its own on ports that the system
 * chooses. Closing it stops them all, executors included.
 */
final class StandaloneCluster implements AutoCloseable {

  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Pattern MASTER = Pattern.compile("Starting Spark master at (spark://\\S+)");
  private static final Pattern PAGE =
      Pattern.compile("Bound MasterWebUI to .* started at (http://\\S+)");
  private static final Pattern ALIVE = Pattern.compile("\"aliveworkers\"\\s*:\\s*(\\d+)");

  private final Path folder;
  private final List<ChildProcess> processes = new ArrayList<>();
  private String master = "";

  private StandaloneCluster(Path folder) {
    this.folder = folder;
  }

  /** Starts a master and workers of one core and one gigabyte each, and waits for them. */
  static StandaloneCluster start(SparkHome home, int workers, Path folder)
      throws IOException, InterruptedException {
    Files.createDirectories(folder);
    StandaloneCluster cluster = new StandaloneCluster(folder);
    try {
      cluster.startMaster(home);
      for (int worker = 0; worker < workers; worker++) {
        cluster.startWorker(home, worker);
      }
      cluster.awaitWorkers(workers);
      return cluster;
    } catch (IOException | InterruptedException | AssertionError e) {
      cluster.close();
      throw e;
    }
  }

  /** Starts one more worker, whose executors have that installation's environment. */
  void add(SparkHome home) throws IOException, InterruptedException {
    int workers = processes.size();
    startWorker(home, workers - 1);
    awaitWorkers(workers);
  }

  /** The address for {@code --master}. */
  String master() {
    return master;
  }

  /** What the executors wrote to their error streams, one text for each. */
  List<String> executorLogs() throws IOException {
    List<String> logs = new ArrayList<>();
    try (var files = Files.walk(folder)) {
      for (Path file : files.filter(path -> path.endsWith("stderr")).sorted().toList()) {
        logs.add(Files.readString(file));
      }
    }
    return logs;
  }

  @Override
  public void close() {
    Collections.reverse(processes);
    processes.forEach(ChildProcess::close);
    processes.clear();
  }

  private void startMaster(SparkHome home) throws IOException, InterruptedException {
    List<String> command = home.java("256m", List.of());
    command.addAll(List.of("org.apache.spark.deploy.master.Master", "--host", "127.0.0.1"));
    command.addAll(List.of("--port", "0", "--webui-port", "0"));
    processes.add(
        ChildProcess.start(command, home.environment(), folder, folder.resolve("master.log")));
    master = awaitInLog(MASTER);
  }

  private void startWorker(SparkHome home, int worker) throws IOException {
    List<String> command = home.java("256m", List.of());
    String host = home.environment().get("SPARK_LOCAL_HOSTNAME");
    command.addAll(List.of("org.apache.spark.deploy.worker.Worker", "--host", host));
    command.addAll(List.of("--port", "0", "--webui-port", "0", "-c", "1", "-m", "1g"));
    command.addAll(List.of("-d", folder.resolve("work-" + worker).toString(), master));
    processes.add(
        ChildProcess.start(
            command, home.environment(), folder, folder.resolve("worker-" + worker + ".log")));
  }

  private void awaitWorkers(int workers) throws IOException, InterruptedException {
    URI state = URI.create(awaitInLog(PAGE) + "/json/");
    long end = System.nanoTime() + START_LIMIT.toNanos();
    while (aliveWorkers(state) < workers) {
      if (System.nanoTime() > end) {
        throw new AssertionError(workers + " workers did not start:\n" + processes.get(1).tail());
      }
      Thread.sleep(100);
    }
  }

  private static int aliveWorkers(URI state) throws IOException {
    try (InputStream page = state.toURL().openStream()) {
      String text = new String(page.readAllBytes(), StandardCharsets.UTF_8);
      Matcher alive = ALIVE.matcher(text);
      return alive.find() ? Integer.parseInt(alive.group(1)) : 0;
    }
  }

  private String awaitInLog(Pattern line) throws IOException, InterruptedException {
    ChildProcess process = processes.get(0);
    long end = System.nanoTime() + START_LIMIT.toNanos();
    while (process.isAlive() && System.nanoTime() < end) {
      Matcher matcher = line.matcher(process.output());
      if (matcher.find()) {
        return matcher.group(1);
      }
      Thread.sleep(50);
    }
    throw new AssertionError("The master did not start:\n" + process.tail());
  }
}
