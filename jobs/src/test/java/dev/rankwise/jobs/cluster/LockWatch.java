package dev.rankwise.jobs.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Watches, from outside, which executors hold and which wait for the lock on a file, by the
 * kernel's own table: it lists a holder as {@code 7: POSIX ADVISORY WRITE PID DEVICE:INODE 0 EOF}
 * and one that waits for it as {@code 7: -> POSIX …}.
 */
final class LockWatch implements AutoCloseable {

  private static final Path TABLE = Path.of("/proc/locks");

  private final Path file;
  private final Set<Long> holders = new ConcurrentSkipListSet<>();
  private final Set<Long> waiters = new ConcurrentSkipListSet<>();
  private final Thread thread = new Thread(this::watch);
  private volatile boolean closed;

  LockWatch(Path file) {
    this.file = file;
    thread.start();
  }

  /** Executors seen with the lock. */
  Set<Long> holders() {
    return Set.copyOf(holders);
  }

  /** Executors seen waiting for it. */
  Set<Long> waiters() {
    return Set.copyOf(waiters);
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch() {
    try {
      while (!closed) {
        look();
        Thread.sleep(5);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    String inode = ":" + Files.getAttribute(file, "unix:ino");
    for (String line : Files.readAllLines(TABLE)) {
      List<String> words = List.of(line.strip().split("\\s+"));
      boolean waits = words.get(1).equals("->");
      int first = waits ? 2 : 1;
      if (words.get(first + 4).endsWith(inode)) {
        long process = Long.parseLong(words.get(first + 3));
        if (isExecutor(process)) {
          (waits ? waiters : holders).add(process);
        }
      }
    }
  }

  private static boolean isExecutor(long process) throws IOException {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process), "cmdline"))
          .contains("CoarseGrainedExecutorBackend");
    } catch (NoSuchFileException e) {
      return false; // it has ended meanwhile
    }
  }
}
