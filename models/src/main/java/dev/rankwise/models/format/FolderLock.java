package dev.rankwise.models.format;

import dev.rankwise.models.failure.RunHeldException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One writer for one folder of this host's file systems, for as long as it likes: who comes second
 * is refused and told who holds it, where {@link ProcessLock} would let it wait.
 *
 * <p>The lock is the operating system's, on an empty file: it ends with its process however that
 * ends, so a dead writer never has to be recognised. Who holds it is told by a second file, since
 * on Unix a process that closes any handle of a locked file loses its lock on it.
 */
public final class FolderLock implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);

  /** Folders held by this JVM, which the operating system does not tell apart from each other. */
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final Path holderFile;
  private final FileChannel channel;
  private final FileLock lock;

  /** Judges a former holder whose lock the operating system has released. */
  @FunctionalInterface
  private interface HolderCheck {
    void refuse(Path folder, Path holderFile, LockHolder holder);
  }

  private FolderLock(Path folder, Path holderFile, FileChannel channel, FileLock lock) {
    this.folder = folder;
    this.holderFile = holderFile;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Takes the lock of a folder.
   *
   * @param folder the folder, for messages
   * @param control the folder in which the lock lies; made where it is missing
   * @throws RunHeldException if another writer holds it, naming process, host and since when
   */
  public static FolderLock acquire(Path folder, Path control, Clock clock) {
    return acquire(folder, control, clock, FolderLock::refuseOtherHost);
  }

  /**
   * Takes the lock among the processes of this host, whoever held it on another one: for a folder
   * that a lease guards between hosts.
   *
   * @param folder the folder, for messages
   * @param control the folder in which the lock lies; made where it is missing
   * @throws RunHeldException if another writer of this host holds it
   */
  public static FolderLock acquireOnThisHost(Path folder, Path control, Clock clock) {
    return acquire(folder, control, clock, (held, holderFile, holder) -> {});
  }

  private static FolderLock acquire(Path folder, Path control, Clock clock, HolderCheck check) {
    try {
      Path real = Files.createDirectories(control).toRealPath();
      Path holderFile = real.resolve("holder.json");
      if (!HELD_HERE.add(real)) {
        throw held(folder, LockHolder.read(holderFile));
      }
      boolean acquired = false;
      try {
        FolderLock lock = open(folder, real, holderFile, check);
        Files.write(holderFile, LockHolder.ofThisProcess(clock).toJson());
        acquired = true;
        return lock;
      } finally {
        if (!acquired) {
          HELD_HERE.remove(real);
        }
      }
    } catch (IOException e) {
      throw FileFailure.writing(folder, e);
    }
  }

  /**
   * Who holds the lock in {@code control}, in words for people; empty if nobody does, as far as
   * this host can tell. Looking does not touch the lock.
   */
  public static Optional<String> holder(Path control) {
    try {
      return LockHolder.read(control.resolve("holder.json"))
          .filter(LockHolder::mayLive)
          .map(LockHolder::described);
    } catch (IOException e) {
      throw FileFailure.reading(control, e);
    }
  }

  private static FolderLock open(Path folder, Path control, Path holderFile, HolderCheck check)
      throws IOException {
    FileChannel channel =
        FileChannel.open(
            control.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean locked = false;
    try {
      FileLock lock = channel.tryLock();
      Optional<LockHolder> holder = LockHolder.read(holderFile);
      if (lock == null) {
        throw held(folder, holder);
      }
      if (holder.isPresent()) {
        check.refuse(folder, holderFile, holder.get());
      }
      locked = true;
      return new FolderLock(control, holderFile, channel, lock);
    } finally {
      if (!locked) {
        channel.close();
      }
    }
  }

  private static void refuseOtherHost(Path folder, Path holderFile, LockHolder holder) {
    if (!holder.isOnThisHost()) {
      // Some network file systems lock within one host only, so the lock alone proves nothing here.
      throw new RunHeldException(
          message(folder, holder) + "; if that process is gone, delete %s".formatted(holderFile));
    }
  }

  private static RunHeldException held(Path folder, Optional<LockHolder> holder) {
    return new RunHeldException(
        message(folder, holder.orElseGet(LockHolder::unknown))
            + "; wait for it to end, or name another folder");
  }

  private static String message(Path folder, LockHolder holder) {
    return "Cannot write to %s: held by %s".formatted(folder, holder.described());
  }

  /** Releases the lock; what was written stays. */
  @Override
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    try {
      Files.deleteIfExists(holderFile);
      lock.release();
      channel.close();
    } catch (IOException e) {
      // The operating system releases the lock with the process; there is nothing to repair.
      LOG.warn("Cannot release the lock of {}", folder, e);
    } finally {
      HELD_HERE.remove(folder);
    }
  }
}
