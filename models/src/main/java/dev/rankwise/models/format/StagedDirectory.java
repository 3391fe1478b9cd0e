package dev.rankwise.models.format;

import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A folder that appears whole or not at all: filled under a staged name, forced to disk, renamed.
 *
 * <pre>{@code
 * try (StagedDirectory staged = StagedDirectory.beside(target)) {
 *   AtomicFile.write(staged.path().resolve("config.json"), json);
 *   staged.commit();
 * }
 * }</pre>
 */
public final class StagedDirectory implements AutoCloseable {
  private final Path target;
  private final Path staged;
  private boolean committed;

  private StagedDirectory(Path target, Path staged) {
    this.target = target;
    this.staged = staged;
  }

  /** A new staged folder in the folder of {@code target}, which must not exist. */
  public static StagedDirectory beside(Path target) {
    Path absolute = target.toAbsolutePath().normalize();
    refuseExisting(absolute);
    try {
      Files.createDirectories(absolute.getParent());
      return new StagedDirectory(
          absolute, AtomicFile.stagedNeighbour(absolute, Files::createDirectory));
    } catch (IOException e) {
      throw FileFailure.writing(target, e);
    }
  }

  /**
   * Removes what writers of {@code target}, a folder or a file, left behind when they were killed.
   * To be called under a lock that every writer of {@code target} holds.
   */
  public static void removeLeftovers(Path target) {
    Path absolute = target.toAbsolutePath().normalize();
    String left = AtomicFile.STAGED + absolute.getFileName() + "-";
    try (DirectoryStream<Path> siblings =
        Files.newDirectoryStream(
            absolute.getParent(), path -> path.getFileName().toString().startsWith(left))) {
      for (Path sibling : siblings) {
        Files.walkFileTree(sibling, new DeleteTree());
      }
    } catch (IOException e) {
      throw FileFailure.writing(target, e);
    }
  }

  /** The folder to fill. */
  public Path path() {
    return staged;
  }

  /** Forces every file to disk and gives the folder its final name. */
  public void commit() {
    refuseExisting(target);
    try {
      Files.walkFileTree(staged, new ForceToDisk());
      Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
      committed = true;
      AtomicFile.forceDirectory(target.getParent());
    } catch (IOException e) {
      throw FileFailure.writing(target, e);
    }
  }

  /** Removes the staged folder unless it was committed. */
  @Override
  public void close() {
    if (committed) {
      return;
    }
    try {
      Files.walkFileTree(staged, new DeleteTree());
    } catch (IOException e) {
      throw FileFailure.writing(staged, e);
    }
  }

  private static void refuseExisting(Path target) {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new UserInputException(
          ("Folder %s exists already, and a folder is never overwritten; move it away "
                  + "or name another")
              .formatted(target));
    }
  }

  private static final class ForceToDisk extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
      AtomicFile.forceDirectory(folder);
      return super.postVisitDirectory(folder, failure);
    }
  }

  private static final class DeleteTree extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.delete(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
      Files.delete(folder);
      return super.postVisitDirectory(folder, failure);
    }
  }
}
