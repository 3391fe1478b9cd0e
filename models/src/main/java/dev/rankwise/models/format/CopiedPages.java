package dev.rankwise.models.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * What this process has changed of a file that it maps privately.
 *
 * <p>A page of such a mapping is the file's, shared with every process, until it is written to:
 * then the kernel gives the process a copy of its own, which is anonymous memory. So as long as
 * none is, what is mapped is the file, and reading it again proves no more.
 */
public final class CopiedPages {
  private static final Path MAPPINGS = Path.of("/proc/self/smaps");
  private static final String DELETED = " (deleted)";

  private CopiedPages() {}

  /**
   * Bytes of the file's mappings that are copies of this process's own; empty where the operating
   * system does not tell.
   */
  public static OptionalLong bytes(Path file) {
    if (!Files.isReadable(MAPPINGS)) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(bytes(file, Files.readAllLines(MAPPINGS)));
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** The same by the lines of {@code smaps}. */
  static long bytes(Path file, List<String> lines) {
    String path = file.toAbsolutePath().toString();
    boolean ofFile = false;
    long kilobytes = 0;
    for (String line : lines) {
      if (isMapping(line)) {
        String mapped = line.strip();
        mapped =
            mapped.endsWith(DELETED)
                ? mapped.substring(0, mapped.length() - DELETED.length())
                : mapped;
        ofFile = mapped.endsWith(" " + path);
      } else if (ofFile && (line.startsWith("Anonymous:") || line.startsWith("Swap:"))) {
        kilobytes += Long.parseLong(line.replaceAll("\\D+", ""));
      }
    }
    return kilobytes << 10;
  }

  /** The first line of a mapping begins with its addresses, the others with a name and a colon. */
  private static boolean isMapping(String line) {
    int space = line.indexOf(' ');
    return space > 0 && line.charAt(space - 1) != ':' && line.substring(0, space).contains("-");
  }
}
