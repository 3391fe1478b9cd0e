package dev.rankwise.models.source;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.ProcessLock;
import dev.rankwise.models.format.StagedDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A base in the local cache: a folder that appears whole, with the hashes of its files beside them.
 */
final class CacheEntry {
  private final Path folder;

  /**
   * An entry.
   *
   * @param cacheRoot the cache
   * @param name of the base, without a slash
   * @param key a hash that tells the entry from others of that name; its start is part of the
   *     folder's
   */
  CacheEntry(Path cacheRoot, String name, String key) {
    this.folder = cacheRoot.resolve("bases").resolve(name + "-" + key.substring(0, 16));
  }

  /**
   * The entry with its hashes checked; written first where it is missing, by one process of the
   * host.
   *
   * @param sha256 the hash that the base must have
   * @param writer writes the files of the base into a new folder
   */
  BaseDirectory open(String sha256, Consumer<Path> writer) {
    return open(Optional.of(sha256), writer);
  }

  /** As {@link #open(String, Consumer)}, for a base whose hash only its files can tell. */
  BaseDirectory open(Consumer<Path> writer) {
    return open(Optional.empty(), writer);
  }

  private BaseDirectory open(Optional<String> sha256, Consumer<Path> writer) {
    if (!Files.exists(folder)) {
      Path lock = folder.resolveSibling("." + folder.getFileName() + ".lock");
      ProcessLock.holding(lock, () -> writeOnce(sha256, writer));
    }
    FileHashes written = FileHashes.read(folder);
    written.requireSameAs(FileHashes.of(folder), folder);
    sha256.ifPresent(it -> requireBase(it, written.sha256()));
    return new BaseDirectory(folder, written.sha256());
  }

  private Path writeOnce(Optional<String> sha256, Consumer<Path> writer) {
    if (Files.exists(folder)) {
      return folder;
    }
    StagedDirectory.removeLeftovers(folder);
    try (StagedDirectory staged = StagedDirectory.beside(folder)) {
      writer.accept(staged.path());
      FileHashes hashes = FileHashes.of(staged.path());
      sha256.ifPresent(it -> requireBase(it, hashes.sha256()));
      AtomicFile.write(staged.path().resolve(FileHashes.FILE), hashes.text());
      staged.commit();
    } catch (UserInputException e) {
      throw e.getCause() != null && FileFailure.isFullDisk(e.getCause()) ? full(e) : e;
    }
    return folder;
  }

  /** Nobody named this folder, so the remedy has to. */
  private UserInputException full(UserInputException failure) {
    return new UserInputException(
        ("Cannot write the base into the cache at %s: its disk is full; free space there, or name a"
                + " folder on another disk with %s")
            .formatted(folder.getParent(), BaseCache.VARIABLE),
        failure);
  }

  private void requireBase(String expected, String found) {
    if (!found.equals(expected)) {
      throw new CorruptFileException(
          ("Cache folder %s holds a base with SHA-256 %s, but %s is expected; delete "
                  + "the folder and run again")
              .formatted(folder, found, expected));
    }
  }
}
