package dev.rankwise.models.torch;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;
import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.source.NativeCache;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * libtorch in this JVM: loaded once, from the jar, offline; and the settings of every thread that
 * runs kernels.
 *
 * <p>Two settings decide bits and hold per thread: the graph executor's optimisation must be off,
 * because with it the second call of a kernel gives other gradients than the first; and the number
 * of threads inside an operation is fixed. A thread is prepared once, and anew when it asks for
 * another number of threads.
 */
public final class TorchRuntime {
  private static final String CUDA_PART = "libtorch_cuda.so";
  private static final ThreadLocal<Integer> PREPARED = new ThreadLocal<>();

  private TorchRuntime() {}

  /** Loads the native library if that has not been done, and says which version it is. */
  public static String load() {
    return Loaded.VERSION;
  }

  /** Whether the library that is loaded was built for CUDA. The one in the jar was not. */
  public static boolean isBuiltForCuda() {
    load();
    return Files.exists(Path.of(LibUtils.getLibtorchPath()).resolve(CUDA_PART));
  }

  /** A new scope for native arrays. */
  public static TensorScope scope() {
    load();
    return new TensorScope(NDManager.newBaseManager(ai.djl.Device.cpu()));
  }

  /**
   * Prepares the calling thread for kernels.
   *
   * @param threads threads inside one operation, at least 1
   * @throws ClusterException if the environment of this process gives an operation fewer
   */
  public static void prepareThread(int threads) {
    load();
    Integer prepared = PREPARED.get();
    if (prepared == null || prepared != threads) {
      ThreadEnvironment.requireNoLimitBelow(threads, System.getenv());
      JniUtils.setGraphExecutorOptimize(false);
      JniUtils.setNumThreads(threads);
      PREPARED.set(threads);
    }
  }

  /** Records operations for a backward pass from here on, on this thread. */
  public static void recordGradients() {
    JniUtils.setGradMode(true);
  }

  /** Records no operations from here on, on this thread. */
  public static void recordNothing() {
    JniUtils.setGradMode(false);
  }

  private static String engineVersion() {
    return Engine.getEngine("PyTorch").getVersion();
  }

  /** The initialisation-on-demand holder: the JVM guarantees that it runs once. */
  private static final class Loaded {
    private static final String VERSION = version();

    private static String version() {
      try {
        return NativeCache.whileLocked(TorchRuntime::engineVersion);
      } catch (EngineException | UnsatisfiedLinkError e) {
        throw new ClusterException(
            "Cannot load libtorch: %s; it needs Linux x86-64 with glibc 2.28 or newer and a writable"
                    .formatted(e.getMessage())
                + " cache folder (set DJL_CACHE_DIR to one)",
            e);
      }
    }
  }
}
