package dev.rankwise.jobs.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One call of {@code spark-submit} with the packaged jar: the driver is a process of its own. The
 * event log that Spark writes tells afterwards where the tasks ran.
 */
final class SparkSubmit {

  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final SparkHome home;
  private final String master;
  private final Path folder;
  private final Map<String, String> settings = new LinkedHashMap<>();

  /**
   * Prepares a call.
   *
   * @param folder an own folder of this call: working directory, log, event log
   */
  SparkSubmit(SparkHome home, String master, Path folder) {
    this.home = home;
    this.master = master;
    this.folder = folder;
    settings.put("spark.ui.enabled", "false");
    settings.put("spark.eventLog.enabled", "true");
    settings.put("spark.eventLog.dir", folder.resolve("events").toUri().toString());
    settings.put("spark.executor.memory", "1g");
  }

  /** Adds a setting of Spark. */
  SparkSubmit with(String key, String value) {
    settings.put(key, value);
    return this;
  }

  /** Runs a verb of the command to its end. */
  Finished run(List<String> arguments) throws IOException, InterruptedException {
    Files.createDirectories(folder.resolve("events"));
    List<String> options = List.of(System.getProperty("rankwise.jvm.opens").split(" "));
    List<String> command = home.java("1g", options);
    command.addAll(List.of("org.apache.spark.deploy.SparkSubmit", "--master", master));
    settings.forEach((key, value) -> command.addAll(List.of("--conf", key + "=" + value)));
    command.addAll(List.of("--jars", quickstartJars()));
    command.addAll(List.of("--class", "dev.rankwise.jobs.Rankwise"));
    command.add(System.getProperty("rankwise.jar"));
    command.addAll(arguments);
    Path log = folder.resolve("driver.log");
    try (ChildProcess driver = ChildProcess.start(command, home.environment(), folder, log)) {
      int exitCode = driver.exitCode(LIMIT);
      return new Finished(exitCode, driver.output(), EventLog.read(folder.resolve("events")));
    }
  }

  /** The model and the table of the quick start, which are no part of the packaged jar. */
  private static String quickstartJars() {
    List<String> jars = new ArrayList<>();
    jars.add(System.getProperty("rankwise.minilm.jar"));
    jars.add(System.getProperty("rankwise.wordnet.jar"));
    return String.join(",", jars);
  }

  /** How a call ended. */
  record Finished(int exitCode, String output, EventLog events) {}
}
