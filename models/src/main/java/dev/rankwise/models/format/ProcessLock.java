package dev.rankwise.models.format;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Runs an action while no other thread, class loader or process of the host runs one under the same
 * lock file. The file stays behind, empty; a process that dies gives its lock back.
 */
public final class ProcessLock {
  private static final Map<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();
  private static final long PAUSE_MILLIS = 20;

  private ProcessLock() {}

  /**
   * Waits for the lock, runs {@code action}, gives the lock back. The thread that holds it may ask
   * for it again.
   */
  public static <T> T holding(Path lockFile, Supplier<T> action) {
    Path file = lockFile.toAbsolutePath().normalize();
    ReentrantLock threads = THREADS.computeIfAbsent(file, key -> new ReentrantLock());
    threads.lock();
    try {
      return threads.getHoldCount() > 1 ? action.get() : holdingFile(file, action);
    } finally {
      threads.unlock();
    }
  }

  private static <T> T holdingFile(Path file, Supplier<T> action) {
    try {
      Files.createDirectories(file.getParent());
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        FileLock lock = lock(channel);
        try {
          return action.get();
        } finally {
          lock.release();
        }
      }
    } catch (IOException e) {
      throw FileFailure.writing(file, e);
    }
  }

  private static FileLock lock(FileChannel channel) throws IOException {
    while (true) {
      try {
        return channel.lock();
      } catch (OverlappingFileLockException e) {
        // The same class in another class loader of this JVM holds it: its threads lock is not
        // ours.
        pause();
      }
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while it waited for the lock", e);
    }
  }
}
