package dev.rankwise.pipeline.executor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Watches the memory of this JVM: what it had when the libraries were loaded, and the most it had
 * since. The operating system keeps no peak of the proportional set size, so it is looked at four
 * times a second.
 */
public final class MemoryWatch {
  private static final Path ROLLUP = Path.of("/proc/self/smaps_rollup");
  private static final String FIELD = "Pss:";
  private static final long INTERVAL_MILLIS = 250;

  private static final MemoryWatch OF_THIS_JVM = new MemoryWatch();

  private boolean started;
  private long idle;
  private long peak;

  private MemoryWatch() {}

  /** The watch of this JVM. */
  public static MemoryWatch ofThisJvm() {
    return OF_THIS_JVM;
  }

  /** Takes the present size as idle and begins to watch, unless that has been done. */
  public synchronized void start() {
    if (started || !Files.isReadable(ROLLUP)) {
      return;
    }
    started = true;
    // What start-up left behind is garbage, and would make the work on top of it look small.
    System.gc();
    idle = size();
    peak = idle;
    Thread watcher = new Thread(this::watch, "memory-watch");
    watcher.setDaemon(true);
    watcher.start();
  }

  /** What was seen so far; nothing where the operating system does not tell. */
  public synchronized Optional<MemoryUse> use() {
    if (!started) {
      return Optional.empty();
    }
    look();
    return Optional.of(new MemoryUse(host(), ProcessHandle.current().pid(), idle, peak));
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(INTERVAL_MILLIS);
        look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void look() {
    peak = Math.max(peak, size());
  }

  private static long size() {
    try {
      return bytes(Files.readAllLines(ROLLUP));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The proportional set size in the lines of {@code smaps_rollup}, in bytes. */
  static long bytes(List<String> lines) {
    for (String line : lines) {
      if (line.startsWith(FIELD)) {
        return Long.parseLong(line.replaceAll("\\D+", "")) << 10;
      }
    }
    return 0;
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
