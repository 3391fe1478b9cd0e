package dev.rankwise.models.source;

import dev.rankwise.models.failure.ClusterException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Supplier;

/**
 * Where native libraries are unpacked from the jar, by one process of a host at a time.
 *
 * <p>DJL unpacks without a lock: a process that finds no finished folder deletes it before it
 * unpacks, and may delete what another has just finished. So every first load runs under a file
 * lock. Nothing is ever fetched: the libraries are in the jar.
 */
public final class NativeCache {
  private static final String ENGINE_FOLDER = "ENGINE_CACHE_DIR";
  private static final String DJL_FOLDER = "DJL_CACHE_DIR";
  private static final Object THIS_PROCESS = new Object();

  private NativeCache() {}

  /**
   * Runs an action that loads a native library, while no other thread or process of this host does.
   *
   * @throws ClusterException if no folder can be written
   */
  public static <T> T whileLocked(Supplier<T> action) {
    synchronized (THIS_PROCESS) {
      System.setProperty("ai.djl.offline", "true");
      System.setProperty("OPT_OUT_TRACKING", "true");
      Path folder = folder();
      try (FileChannel channel =
              FileChannel.open(
                  Files.createDirectories(folder).resolve("rankwise.lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE)) {
        channel.lock();
        return action.get();
      } catch (IOException e) {
        throw new ClusterException(
            "Cannot unpack native libraries below %s: %s; set DJL_CACHE_DIR to a folder that can be written"
                .formatted(folder, e.getMessage()),
            e);
      }
    }
  }

  /** The folder that DJL will use, chosen here if the user has not chosen one. */
  static Path folder() {
    for (String name : new String[] {ENGINE_FOLDER, DJL_FOLDER}) {
      String chosen = System.getenv(name) != null ? System.getenv(name) : System.getProperty(name);
      if (chosen != null && !chosen.isEmpty()) {
        return Path.of(chosen);
      }
    }
    Path home = Path.of(System.getProperty("user.home"));
    Path folder = Files.isWritable(home) ? home : Path.of(System.getProperty("java.io.tmpdir"));
    Path chosen = folder.resolve(".djl.ai");
    System.setProperty(DJL_FOLDER, chosen.toString());
    return chosen;
  }
}
