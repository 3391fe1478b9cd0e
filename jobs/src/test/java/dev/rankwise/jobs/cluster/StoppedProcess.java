package dev.rankwise.jobs.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process that does nothing until it is told to go on, and knows nothing of it.
 *
 * @param number its number
 */
record StoppedProcess(long number) implements AutoCloseable {

  static StoppedProcess stop(long number) throws IOException, InterruptedException {
    StoppedProcess stopped = new StoppedProcess(number);
    stopped.stopAgain();
    return stopped;
  }

  /** Whether it is there and does nothing. */
  boolean isStopped() throws IOException {
    Path status = Path.of("/proc", Long.toString(number), "status");
    return Files.exists(status)
        && Files.readAllLines(status).stream().anyMatch(line -> line.startsWith("State:\tT"));
  }

  void stopAgain() throws IOException, InterruptedException {
    signal("STOP");
  }

  void goOn() throws IOException, InterruptedException {
    signal("CONT");
  }

  /** Lets it go on if it is still there: a stopped process cannot be asked to end. */
  @Override
  public void close() {
    try {
      new ProcessBuilder("kill", "-CONT", Long.toString(number)).start().waitFor();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void signal(String name) throws IOException, InterruptedException {
    int exitCode = new ProcessBuilder("kill", "-" + name, Long.toString(number)).start().waitFor();
    if (exitCode != 0) {
      throw new AssertionError("No process " + number + " took the signal " + name);
    }
  }
}
