package dev.rankwise.models.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.format.Sha256;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a processor makes of fixed work: executors that agree on it may work on one run.
 *
 * <p>Vector level, processor vendor, cache sizes and library version can all change bits, and no
 * list of names is complete. So a fixed set of products (in float32 through each of the two
 * libraries that may multiply the base), norms and functions, forward and backward, is run and its
 * bits are hashed; names are for messages only.
 *
 * @param sha256 hash over all results
 * @param processor the processor that gave them
 */
public record NumericsProbe(String sha256, Processor processor) {
  private static final String RESOURCE = "kernels/probe/numerics.torchscript";
  private static final Map<Integer, NumericsProbe> OF_THIS_JVM = new ConcurrentHashMap<>();

  /**
   * What this JVM makes of it: run once for each number of threads, however often it is asked for.
   *
   * @param threads threads inside one operation, as the run will use
   */
  public static NumericsProbe ofThisJvm(int threads) {
    return OF_THIS_JVM.computeIfAbsent(threads, NumericsProbe::run);
  }

  /**
   * Runs the probe on this thread.
   *
   * @param threads threads inside one operation, as the run will use
   */
  public static NumericsProbe run(int threads) {
    return new NumericsProbe(hash(results(threads)), Processor.ofThisHost());
  }

  /** Values of the fixed work, then the gradients of its two leaves. */
  static List<float[]> results(int threads) {
    TorchRuntime.prepareThread(threads);
    try (KernelProgram program = KernelProgram.compile(KernelText.read(RESOURCE));
        TensorScope scope = TorchRuntime.scope()) {
      TorchRuntime.recordGradients();
      NDArray x = scope.leaf(scope.floats(fixed(192 * 384, 1), 192, 384));
      NDArray w = scope.floats(fixed(1152 * 384, 2), 1152, 384);
      NDArray a = scope.leaf(scope.floats(fixed(24 * 384, 3), 24, 384));
      NDArray values = program.call("numerics", new NDList(x, w, a), List.of());
      NDArray sum = values.sum();
      KernelProgram.backward(sum);
      TorchRuntime.recordNothing();
      return List.of(
          values.toFloatArray(),
          KernelProgram.gradient(x).toFloatArray(),
          KernelProgram.gradient(a).toFloatArray());
    } finally {
      TorchRuntime.recordNothing();
    }
  }

  /** Numbers in [−1, 1) from a linear congruential generator (Knuth's MMIX constants). */
  private static float[] fixed(int size, long seed) {
    float[] values = new float[size];
    long state = seed;
    for (int i = 0; i < size; i++) {
      state = state * 6364136223846793005L + 1442695040888963407L;
      values[i] = (state >> 40) * 0x1p-23f;
    }
    return values;
  }

  static String hash(List<float[]> results) {
    int size = results.stream().mapToInt(result -> result.length).sum();
    ByteBuffer bytes = ByteBuffer.allocate(size * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float[] result : results) {
      bytes.asFloatBuffer().put(result);
      bytes.position(bytes.position() + result.length * Float.BYTES);
    }
    return Sha256.ofBytes(bytes.array());
  }
}
