package dev.rankwise.pipeline.checkpoint;

import dev.rankwise.models.format.AtomicFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A folder of this host's file systems.
 *
 * @param root the folder; made with the first file in it
 * @param shown what people call it
 */
public record LocalStorage(Path root, String shown) implements Storage {

  /** A folder that is called by its path. */
  public LocalStorage(Path root) {
    this(root, root.toString());
  }

  @Override
  public List<String> list(String folder) throws IOException {
    try (Stream<Path> entries = Files.list(root.resolve(folder))) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (NotDirectoryException e) {
      throw Storage.fileForFolder(shown, folder);
    }
  }

  @Override
  public boolean isFolder(String name) {
    return Files.isDirectory(root.resolve(name));
  }

  @Override
  public void create(String file, byte[] content) throws IOException {
    Path target = root.resolve(file);
    Files.createDirectories(target.getParent());
    Files.write(target, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /** By a second name for a file that is whole, where the file system has such. */
  @Override
  public void createWhole(String file, byte[] content) throws IOException {
    Path target = root.resolve(file);
    Files.createDirectories(target.getParent());
    Path staged = target.resolveSibling(AtomicFile.STAGED + UUID.randomUUID());
    try {
      Files.write(staged, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      force(staged);
      Files.createLink(target, staged);
    } catch (FileAlreadyExistsException exists) {
      throw exists;
    } catch (UnsupportedOperationException | FileSystemException noLinks) {
      create(file, content);
    } finally {
      Files.deleteIfExists(staged);
    }
  }

  @Override
  public void replace(String file, byte[] content) throws IOException {
    Path target = root.resolve(file);
    Files.createDirectories(target.getParent());
    Path staged = target.resolveSibling(AtomicFile.STAGED + target.getFileName());
    try {
      Files.write(staged, content);
      force(staged);
      Files.move(
          staged, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(staged);
    }
    AtomicFile.forceDirectory(target.getParent());
  }

  /** On Linux a file, and likewise a folder, that is open for reading can be forced to the disk. */
  @Override
  public void sync(String name) throws IOException {
    Path path = root.resolve(name);
    if (Files.isDirectory(path)) {
      AtomicFile.forceDirectory(path);
    } else {
      force(path);
    }
  }

  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public byte[] read(String file, long most) throws IOException {
    Path path = root.resolve(file);
    requireAtMost(file, Files.size(path), most);
    return Files.readAllBytes(path);
  }

  @Override
  public void rename(String folder, String to) throws IOException {
    // On Linux the new name may be that of an empty folder, which would then be replaced.
    if (Files.exists(root.resolve(to))) {
      throw new FileAlreadyExistsException(to);
    }
    Files.move(root.resolve(folder), root.resolve(to), StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(String name) throws IOException {
    try (Stream<Path> entries = Files.walk(root.resolve(name))) {
      for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(entry);
      }
    } catch (NoSuchFileException e) {
      return;
    }
  }

  static void requireAtMost(String file, long bytes, long most) throws IOException {
    if (bytes > most) {
      throw new DamagedFileException(
          "%s has %s bytes where at most %s belong".formatted(file, bytes, most));
    }
  }
}
