package dev.rankwise.jobs.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process with its own children, none of which outlives this one or the test's JVM. */
final class ChildProcess implements AutoCloseable {

  private static final Duration GRACE = Duration.ofSeconds(10);

  private final Process process;
  private final Path output;
  private final Thread lastResort;

  private ChildProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
    this.lastResort = new Thread(this::kill);
    Runtime.getRuntime().addShutdownHook(lastResort);
  }

  /** Starts a command whose output and errors go to one file. */
  static ChildProcess start(
      List<String> command, Map<String, String> environment, Path folder, Path output)
      throws IOException {
    return start(command, environment, folder, Path.of("/dev/null"), output);
  }

  /** The same with something to read. */
  static ChildProcess start(
      List<String> command, Map<String, String> environment, Path folder, Path input, Path output)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.directory(folder.toFile());
    builder.redirectErrorStream(true);
    builder.redirectOutput(output.toFile());
    builder.redirectInput(ProcessBuilder.Redirect.from(input.toFile()));
    return new ChildProcess(builder.start(), output);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** The exit code, or a failure with the end of the output when the time is over. */
  int exitCode(Duration limit) throws InterruptedException, IOException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("Still running after " + limit + ":\n" + tail());
    }
    return process.exitValue();
  }

  /** Ends the process as a crash does, and leaves its children to themselves. */
  void crash() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Asks the process to end, as a scheduler does. */
  void terminate() {
    process.destroy();
  }

  /** Ends it at once with its children, which some programs leave behind when they are asked. */
  void closeWhole() {
    kill();
    close();
  }

  String output() throws IOException {
    return Files.readString(output);
  }

  /** The last lines of the output, for a message. */
  String tail() throws IOException {
    List<String> lines = Files.readAllLines(output);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        kill();
      }
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().removeShutdownHook(lastResort);
  }

  private void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
