package dev.rankwise.models.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;

/**
 * Writes a file whole or not at all: into a staged neighbour, forced to disk, then renamed.
 *
 * <p>A reader sees the old file or the new one, never a part; a crash leaves at most a staged
 * neighbour whose name starts with {@value #STAGED}.
 */
public final class AtomicFile {
  /** How the names of staged files and folders start. */
  public static final String STAGED = ".staged-";

  private static final int PORTION_BYTES = 1 << 20;

  /** EINVAL, EISDIR and EOPNOTSUPP, of which Java has the words alone. */
  private static final Pattern NOT_SUPPORTED =
      Pattern.compile("Invalid argument|Is a directory|not supported");

  /** Writes the bytes of a file. */
  @FunctionalInterface
  public interface Body {
    /** Writes everything to {@code channel}, from its start. */
    void writeTo(FileChannel channel) throws IOException;
  }

  private AtomicFile() {}

  /** Writes {@code target}, replacing what was there; its folder is made where it is missing. */
  public static void write(Path target, Body body) {
    write(target, body, FileChannel::open);
  }

  /** The same on any disk. */
  static void write(Path target, Body body, Disk disk) {
    Path file = target.toAbsolutePath();
    try {
      Files.createDirectories(file.getParent());
      Path staged = stagedNeighbour(file, Files::createFile);
      try {
        try (FileChannel channel = disk.open(staged, StandardOpenOption.WRITE)) {
          body.writeTo(channel);
          channel.force(true);
        }
        Files.move(
            staged, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(staged);
      }
      forceDirectory(file.getParent(), disk);
    } catch (IOException e) {
      throw FileFailure.writing(target, e);
    }
  }

  /** Writes {@code bytes} to {@code target}. */
  public static void write(Path target, byte[] bytes) {
    write(target, channel -> writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  /** Writes {@code text} to {@code target} as UTF-8. */
  public static void write(Path target, String text) {
    write(target, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes all that remains in {@code bytes}, in portions: a channel copies each to write it. */
  static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    int end = bytes.limit();
    while (bytes.position() < end) {
      bytes.limit(Math.min(end, bytes.position() + PORTION_BYTES));
      channel.write(bytes);
      bytes.limit(end);
    }
  }

  /** Makes an entry beside {@code target} under a name that nobody else holds. */
  static Path stagedNeighbour(Path target, Creation creation) throws IOException {
    long process = ProcessHandle.current().pid();
    for (int attempt = 0; ; attempt++) {
      Path staged =
          target.resolveSibling(STAGED + target.getFileName() + "-" + process + "-" + attempt);
      try {
        return creation.create(staged);
      } catch (FileAlreadyExistsException e) {
        if (attempt == 10_000) {
          throw e;
        }
      }
    }
  }

  /**
   * Forces a folder's entries to disk, where its file system can do that: some cannot open a
   * folder, or force one, and then the rename stands and only its durability is theirs.
   *
   * @throws IOException if it can, and failed: then what was renamed may be lost
   */
  public static void forceDirectory(Path folder) throws IOException {
    forceDirectory(folder, FileChannel::open);
  }

  private static void forceDirectory(Path folder, Disk disk) throws IOException {
    FileChannel channel;
    try {
      channel = disk.open(folder, StandardOpenOption.READ);
    } catch (AccessDeniedException e) {
      return;
    }
    try (channel) {
      channel.force(true);
    } catch (IOException e) {
      if (!NOT_SUPPORTED.matcher(String.valueOf(e.getMessage())).find()) {
        throw e;
      }
    }
  }

  /** Opens files and folders, as {@link FileChannel#open} does. */
  @FunctionalInterface
  interface Disk {
    FileChannel open(Path path, OpenOption option) throws IOException;
  }

  /** Makes a file or folder that must not exist yet. */
  @FunctionalInterface
  interface Creation {
    Path create(Path path) throws IOException;
  }
}
