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

  private static final Duration LIMIT = Duration.ofMinutes(10);

  private final SparkHome home;
  private final String master;
  private final Path folder;
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final List<String> options = new ArrayList<>();
  private final List<String> jars = new ArrayList<>();
  private int calls;

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
    settings.put("spark.eventLog.compress", "false");
    settings.put("spark.eventLog.dir", folder.resolve("events").toUri().toString());
    settings.put("spark.executor.memory", "1g");
    settings.put("spark.executor.defaultJavaOptions", SparkHome.brief());
    // The model and the table of the quick start, which are no part of the packaged jar.
    jars.add(System.getProperty("rankwise.minilm.jar"));
    jars.add(System.getProperty("rankwise.wordnet.jar"));
  }

  /** Adds a setting of Spark. */
  SparkSubmit with(String key, String value) {
    settings.put(key, value);
    return this;
  }

  /** Adds the settings of a file of {@code conf}, which the others go before. */
  SparkSubmit withFile(Path properties) {
    options.addAll(List.of("--properties-file", properties.toAbsolutePath().toString()));
    return this;
  }

  /** Adds an option of {@code spark-submit} with its value. */
  SparkSubmit withOption(String name, String value) {
    options.addAll(List.of(name, value));
    return this;
  }

  /** Hands over no jars but the packaged one. */
  SparkSubmit withoutJars() {
    jars.clear();
    return this;
  }

  /** Hands over one jar more. */
  SparkSubmit withJar(Path jar) {
    jars.add(jar.toString());
    return this;
  }

  /** Hands over these jars besides. */
  SparkSubmit withJars(List<String> more) {
    jars.addAll(more);
    return this;
  }

  /** Gives the executors' Java a word by which {@link Executors} finds their processes. */
  SparkSubmit marked(String mark) {
    return with("spark.executor.extraJavaOptions", "-Drankwise.mark=" + mark);
  }

  /** Runs a verb of the command to its end. */
  Finished run(List<String> arguments) throws IOException, InterruptedException {
    try (ChildProcess driver = start(arguments)) {
      return finished(driver);
    }
  }

  /** Starts a verb of the command. */
  ChildProcess start(List<String> arguments) throws IOException {
    Files.createDirectories(folder.resolve("events"));
    List<String> opens = List.of(System.getProperty("rankwise.jvm.opens").split(" "));
    List<String> command = home.submit("1g", opens);
    command.addAll(List.of("--master", master));
    command.addAll(options);
    settings.forEach((key, value) -> command.addAll(List.of("--conf", key + "=" + value)));
    if (!jars.isEmpty()) {
      command.addAll(List.of("--jars", String.join(",", jars)));
    }
    command.addAll(List.of("--class", "dev.rankwise.jobs.Rankwise"));
    command.add(System.getProperty("rankwise.jar"));
    command.addAll(arguments);
    Path log = folder.resolve("driver-" + calls++ + ".log");
    return ChildProcess.start(command, home.environment(), folder, log);
  }

  /** How a call ended that was started. */
  Finished finished(ChildProcess driver) throws IOException, InterruptedException {
    int exitCode = driver.exitCode(LIMIT);
    return new Finished(exitCode, driver.output(), EventLog.read(folder.resolve("events")));
  }

  /** How a call ended. */
  record Finished(int exitCode, String output, EventLog events) {}
}
