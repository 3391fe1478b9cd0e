package dev.rankwise.pipeline.executor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * The memory of this JVM by the operating system's account: what it had when the libraries were
 * loaded, and the most it had.
 *
 * <p>The kernel keeps the peak of the resident set, {@code VmHWM}, to the page, and tells at any
 * moment how much of the resident set is shared with other processes. The peak of the proportional
 * set size is taken as {@code VmHWM − (Rss − Pss)}: exact where what is shared does not change, and
 * at no cost while the run computes. Sampling it instead walks all pages each time, which takes
 * milliseconds in which no thread of the process can map memory.
 *
 * <p>A process that does several runs starts the count again for each. What the runs before left in
 * the process, such as memory that the allocator keeps, then counts among what this one takes.
 */
public final class MemoryWatch {
  private static final Path ROLLUP = Path.of("/proc/self/smaps_rollup");
  private static final Path STATUS = Path.of("/proc/self/status");

  /** Sets {@code VmHWM} to the present size when {@value #PEAK} is written to it. */
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");

  private static final String PEAK = "5";

  private static final MemoryWatch OF_THIS_JVM = new MemoryWatch();

  private long idle = -1;
  private boolean ofThisRun = true;

  private MemoryWatch() {}

  /** The watch of this JVM. */
  public static MemoryWatch ofThisJvm() {
    return OF_THIS_JVM;
  }

  /** Takes the present size as idle, unless that has been done. */
  public synchronized void start() {
    if (idle >= 0 || !Files.isReadable(ROLLUP)) {
      return;
    }
    // What start-up left behind is garbage, and would make the work on top of it look small.
    System.gc();
    idle = bytes(lines(ROLLUP), "Pss:");
  }

  /**
   * Forgets the peak of the runs before, for the one that begins now; idle stays what it was. Where
   * the operating system keeps the old peak, nothing is told from here on: it would be theirs.
   */
  public synchronized void startAgain() {
    boolean first = idle < 0;
    start();
    if (first || idle < 0) {
      return;
    }
    System.gc();
    ofThisRun = forgetPeak();
  }

  /** Whether the operating system forgets the peak of this process. */
  static boolean forgetPeak() {
    return forgetPeak(CLEAR);
  }

  /** Whether {@code clear} took the word. */
  static boolean forgetPeak(Path clear) {
    try {
      Files.writeString(clear, PEAK, StandardOpenOption.WRITE);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** What was seen so far; nothing where the operating system does not tell. */
  public synchronized Optional<MemoryUse> use() {
    if (idle < 0 || !ofThisRun) {
      return Optional.empty();
    }
    long peak = peak(lines(STATUS), lines(ROLLUP));
    return Optional.of(new MemoryUse(host(), ProcessHandle.current().pid(), idle, peak));
  }

  /** The resident set of this process, in bytes; 0 where the operating system does not tell. */
  static long resident() {
    return Files.isReadable(STATUS) ? bytes(lines(STATUS), "VmRSS:") : 0;
  }

  /** The most that the resident set had, in bytes. */
  static long mostResident() {
    return bytes(lines(STATUS), "VmHWM:");
  }

  /** The peak in the lines of {@code status} and {@code smaps_rollup}, in bytes. */
  static long peak(List<String> status, List<String> rollup) {
    long shared = bytes(rollup, "Rss:") - bytes(rollup, "Pss:");
    return bytes(status, "VmHWM:") - shared;
  }

  private static long bytes(List<String> lines, String field) {
    for (String line : lines) {
      if (line.startsWith(field)) {
        return Long.parseLong(line.replaceAll("\\D+", "")) << 10;
      }
    }
    return 0;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
