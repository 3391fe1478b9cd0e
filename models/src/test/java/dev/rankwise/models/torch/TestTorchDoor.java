package dev.rankwise.models.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.jni.JniUtils;
import dev.rankwise.models.failure.InternalException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The facts about libtorch that the engine rests on, each as a regression test. */
@ExtendWith(NoOpenScopes.class)
class TestTorchDoor {
  private static final String LAYER =
      """
        def layer(self: __torch__.Kernels,
          x: Tensor,
          w: Tensor,
          b: Tensor) -> Tensor:
          n = torch.layer_norm(torch.linear(x, w), [64], b, None, 1e-12)
          h = torch.mul(n, torch.sigmoid(torch.mul(n, 1.702)))
          return torch.sum(torch.pow(torch.softmax(torch.linear(h, w), -1), 2))
        def masked(self: __torch__.Kernels,
          x: Tensor,
          factors: Tensor,
          mask: Tensor) -> Tensor:
          return torch.sum(torch.mul(torch.mul(x, factors), mask))
        def divide(self: __torch__.Kernels,
          x: Tensor,
          y: Tensor) -> Tensor:
          return torch.sum(torch.div(x, y))
      """;

  @Test
  void warmCallsGiveTheBitsOfTheFirst() {
    assertThat(distinctGradients()).hasSize(1);
  }

  /**
   * What the switch is for: libtorch rewrites a text that it has seen run, and rounds otherwise.
   */
  @Test
  void withTheGraphExecutorWarmCallsGiveOtherBits() {
    TorchRuntime.prepareThread(1);
    JniUtils.setGraphExecutorOptimize(true);
    try {
      assertThat(distinctGradients()).hasSizeGreaterThan(1);
    } finally {
      JniUtils.setGraphExecutorOptimize(false);
    }
  }

  private static Set<ByteBuffer> distinctGradients() {
    Set<ByteBuffer> distinct = new HashSet<>();
    try (KernelProgram program = KernelProgram.compile(LAYER)) {
      for (int call = 0; call < 10; call++) {
        distinct.add(ByteBuffer.wrap(gradient(program, 1)));
      }
    }
    return distinct;
  }

  @Test
  void otherThreadsGiveTheSameBitsAtTheSameTime() throws Exception {
    try (KernelProgram program = KernelProgram.compile(LAYER)) {
      List<byte[]> serial = List.of(gradient(program, 1), gradient(program, 2));
      ExecutorService threads = Executors.newFixedThreadPool(2);
      try {
        List<Callable<byte[]>> work = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
          int seed = 1 + i % 2;
          work.add(() -> gradient(program, seed));
        }
        List<Future<byte[]>> results = threads.invokeAll(work);
        for (int i = 0; i < results.size(); i++) {
          assertThat(results.get(i).get()).isEqualTo(serial.get(i % 2));
        }
      } finally {
        threads.shutdown();
      }
    }
  }

  @Test
  void aFreshLeafForgetsTheNanOfTheLast() {
    TorchRuntime.prepareThread(1);
    TorchRuntime.recordGradients();
    try (KernelProgram program = KernelProgram.compile(LAYER);
        TensorScope scope = TorchRuntime.scope()) {
      NDArray values = scope.zeros(4);
      NDArray zero = scope.zeros(4);
      NDArray spoilt = scope.leaf(values);
      KernelProgram.backward(program.call("divide", spoilt, zero));
      assertThat(KernelProgram.gradient(spoilt).toFloatArray())
          .containsOnly(Float.POSITIVE_INFINITY);
      NDArray fresh = scope.leaf(values);
      KernelProgram.backward(
          program.call("divide", fresh, scope.floats(new float[] {2, 2, 2, 2}, 4)));
      assertThat(KernelProgram.gradient(fresh).toFloatArray()).containsOnly(0.5f);
    } finally {
      TorchRuntime.recordNothing();
    }
  }

  @Test
  void aLeafSharesMemoryWithItsValues() {
    try (TensorScope scope = TorchRuntime.scope()) {
      NDArray values = scope.floats(new float[] {1, 2, 3}, 3);
      NDArray leaf = scope.leaf(values);
      values.addi(1f);
      assertThat(leaf.toFloatArray()).containsExactly(2, 3, 4);
    }
  }

  /** An array that stood in a Java buffer was read by the backward pass after it was collected. */
  @Test
  void whatAGraphKeepsOutlivesTheScopeAndTheCollector() {
    int size = 1000;
    float[] factors = numbers(size, 5);
    byte[] mask = new byte[size];
    for (int i = 0; i < size; i += 3) {
      mask[i] = 1;
    }
    try (TensorScope scope = TorchRuntime.scope();
        KernelProgram program = KernelProgram.compile(LAYER)) {
      NDArray x = scope.leaf(scope.floats(numbers(size, 6), size));
      NDArray sum;
      TorchRuntime.recordGradients();
      try (TensorScope inner = scope.inner()) {
        sum = program.call("masked", x, inner.floats(factors, size), inner.truths(mask, size));
      }
      fillWhatIsFreed(size);

      KernelProgram.backward(sum);
      TorchRuntime.recordNothing();

      float[] gradient = KernelProgram.gradient(x).toFloatArray();
      for (int i = 0; i < size; i++) {
        assertThat(gradient[i]).as("element %s", i).isEqualTo(mask[i] == 0 ? 0 : factors[i]);
      }
    }
  }

  /** Lets the collector free Java's native buffers, and takes their memory. */
  private static void fillWhatIsFreed(int size) {
    List<ByteBuffer> taken = new ArrayList<>();
    for (int round = 0; round < 5; round++) {
      System.gc();
      for (int i = 0; i < 200; i++) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(i % 2 == 0 ? size : size * Float.BYTES);
        while (bytes.hasRemaining()) {
          bytes.put((byte) 0x7f);
        }
        taken.add(bytes);
      }
    }
    assertThat(taken).hasSize(1000);
  }

  @Test
  void aFileIsMappedNotRead(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("weights with a space.bin");
    int count = 1 << 20;
    ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putFloat(i);
    }
    Files.write(file, bytes.array());
    TorchRuntime.prepareThread(1);
    String text = KernelText.read("kernels/runtime/tensors.torchscript");
    try (KernelProgram program = KernelProgram.compile(text);
        TensorScope scope = TorchRuntime.scope()) {
      NDArray mapped =
          program.call("map_float32", scope.text(file.toString()), scope.number((long) count));
      String mapping =
          Files.readAllLines(Path.of("/proc/self/smaps")).stream()
              .dropWhile(line -> !line.endsWith(file.getFileName().toString()))
              .takeWhile(line -> !line.startsWith("VmFlags"))
              .reduce("", (all, line) -> all + line + "\n");
      assertThat(mapping).as("mapping of the file").contains("rw-p");
      assertThat(mapping)
          .containsPattern("Private_Dirty: +0 kB")
          .containsPattern("Anonymous: +0 kB");
      NDArray row =
          program.call("matrix", mapped, scope.number(1024L), scope.number(2L), scope.number(3L));
      assertThat(row.toFloatArray()).containsExactly(1024, 1025, 1026, 1027, 1028, 1029);
    }
  }

  @Test
  void aWrongTextIsReportedWithItsLine() {
    assertThatThrownBy(
            () ->
                KernelProgram.compile(
                    """
                      def broken(self: __torch__.Kernels,
                        x: Tensor) -> Tensor:
                        return torch.no_such_operator(x)
                    """))
        .isInstanceOf(InternalException.class)
        .hasMessageContaining("no_such_operator")
        .hasMessageContaining("line");
  }

  @Test
  void aTextWithAnOpenPlaceholderIsRefused() {
    assertThatThrownBy(() -> KernelProgram.compile("  def ${method}(self: __torch__.Kernels)"))
        .isInstanceOf(InternalException.class)
        .hasMessage("Kernel text has no value for ${method}");
  }

  @Test
  void oneTextGivesOneArchive() {
    assertThat(KernelArchive.of(LAYER)).isEqualTo(KernelArchive.of(LAYER));
  }

  @Test
  void theProbeGivesOneHashOnAllThreads() throws Exception {
    String here = NumericsProbe.run(1).sha256();
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      assertThat(other.submit(() -> NumericsProbe.run(1)).get().sha256()).isEqualTo(here);
    } finally {
      other.shutdown();
    }
  }

  private static byte[] gradient(KernelProgram program, int seed) {
    TorchRuntime.prepareThread(1);
    TorchRuntime.recordGradients();
    try (TensorScope scope = TorchRuntime.scope()) {
      NDArray x = scope.floats(numbers(96 * 64, seed), 96, 64);
      NDArray w = scope.leaf(scope.floats(numbers(64 * 64, seed + 7), 64, 64));
      NDArray b = scope.leaf(scope.floats(numbers(64, seed + 9), 64));
      KernelProgram.backward(program.call("layer", new NDList(x, w, b), List.of()));
      return KernelProgram.gradient(w).toByteArray();
    } finally {
      TorchRuntime.recordNothing();
    }
  }

  private static float[] numbers(int count, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }
}
