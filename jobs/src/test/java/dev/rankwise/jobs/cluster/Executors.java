package dev.rankwise.jobs.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The executors of one submission as processes of this host, by a word on their command line.
 *
 * @param mark the word
 */
record Executors(String mark) {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Process numbers of those that live. */
  List<Long> alive() throws IOException {
    List<Long> processes = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        if (isExecutor(process)) {
          processes.add(Long.parseLong(process.getFileName().toString()));
        }
      }
    }
    return processes;
  }

  /** Sends the first of them a kill -9, once there is one, and tells which it was. */
  long kill() throws IOException, InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    List<Long> alive = alive();
    while (alive.isEmpty()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("No executor with the mark " + mark);
      }
      Thread.sleep(50);
      alive = alive();
    }
    long victim = alive.get(0);
    ProcessHandle.of(victim).orElseThrow().destroyForcibly();
    return victim;
  }

  /** YARN starts them by a shell, whose command line holds theirs. */
  private boolean isExecutor(Path process) throws IOException {
    try {
      String command = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
      String program = command.substring(0, Math.max(0, command.indexOf('\0')));
      return program.endsWith("/java")
          && command.contains("CoarseGrainedExecutorBackend")
          && command.contains("-Drankwise.mark=" + mark);
    } catch (NoSuchFileException e) {
      return false; // it has ended meanwhile
    } catch (IOException e) {
      if (Files.exists(process)) {
        throw e;
      }
      return false;
    }
  }
}
