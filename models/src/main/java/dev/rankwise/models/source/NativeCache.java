package dev.rankwise.models.source;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.format.ProcessLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * Where native libraries are unpacked from the jar, by one process of a host at a time.
 *
 * <p>DJL unpacks without a lock: a process that finds no finished folder deletes it before it
 * unpacks, and may delete what another has just finished. So every first load runs under a file
 * lock, in a folder that can be written. Nothing is ever fetched, since the libraries are in the
 * jar, and nothing is reported to anyone.
 */
public final class NativeCache {
  private static final String ENGINE_CACHE = "ENGINE_CACHE_DIR";
  private static final String DJL_CACHE = "DJL_CACHE_DIR";

  private NativeCache() {}

  /**
   * Runs an action that loads a native library, while no other thread or process of this host does.
   *
   * <p>It runs on a thread of its own, and who asked for it waits for it though he be interrupted,
   * as Spark does to a task of which a second copy was faster: a class that was interrupted while
   * it loaded its library cannot be used any more until the process ends. So the action must need
   * no class that the caller is about to initialise.
   *
   * @throws ClusterException if no folder can be written
   */
  public static <T> T whileLocked(Supplier<T> action) {
    return undisturbed(
        () -> {
          Path folder = prepare(System.getenv(), System.getProperties());
          return ProcessLock.holding(folder.resolve("rankwise.lock"), action);
        });
  }

  /** The interruption is there again afterwards. */
  private static <T> T undisturbed(Supplier<T> action) {
    FutureTask<T> task = new FutureTask<>(action::get);
    Thread thread = new Thread(task, "rankwise-native-library");
    thread.setDaemon(true);
    thread.start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Chooses the folder into which DJL unpacks libraries and sets its properties.
   *
   * <p>In this order: the environment's or the properties' {@code ENGINE_CACHE_DIR}, {@code
   * DJL_CACHE_DIR}; {@code .djl.ai} in the user's home; {@code rankwise-djl-USER} in the folder for
   * temporary files.
   *
   * @return the folder
   * @throws ClusterException if a folder was named that cannot be written
   */
  static Path prepare(Map<String, String> environment, Properties properties) {
    properties.putIfAbsent("ai.djl.offline", "true");
    properties.putIfAbsent("OPT_OUT_TRACKING", "true");
    Optional<Path> named =
        named(ENGINE_CACHE, environment, properties)
            .or(() -> named(DJL_CACHE, environment, properties));
    if (named.isPresent()) {
      if (!WritableFolder.isWritable(named.get())) {
        throw new ClusterException(
            ("Folder %s, named by %s or %s for unpacked native libraries, cannot be "
                    + "written on this host; name a folder on a local disk that this user may "
                    + "write")
                .formatted(named.get(), ENGINE_CACHE, DJL_CACHE));
      }
      return named.get();
    }
    Path folder = chosen(properties);
    properties.setProperty(DJL_CACHE, folder.toString());
    return folder;
  }

  private static Path chosen(Properties properties) {
    Path home = Path.of(properties.getProperty("user.home", "?")).resolve(".djl.ai");
    if (home.isAbsolute() && WritableFolder.isWritable(home)) {
      return home;
    }
    Path temporary = Path.of(properties.getProperty("java.io.tmpdir"));
    try {
      return WritableFolder.ownIn(
          temporary, "rankwise-djl", properties.getProperty("user.name", "user"));
    } catch (IOException e) {
      throw new ClusterException(
          ("Neither %s nor a folder in %s can be written on this host for unpacked "
                  + "native libraries; set %s to a folder on a local disk that this user may "
                  + "write")
              .formatted(home, temporary, DJL_CACHE),
          e);
    }
  }

  private static Optional<Path> named(
      String name, Map<String, String> environment, Properties properties) {
    String value = environment.get(name);
    if (value == null) {
      value = properties.getProperty(name);
    }
    return value == null || value.isEmpty() ? Optional.empty() : Optional.of(Path.of(value));
  }
}
