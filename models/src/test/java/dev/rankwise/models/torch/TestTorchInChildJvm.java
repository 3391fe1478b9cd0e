package dev.rankwise.models.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Facts about libtorch that need a JVM of their own: they kill it, or hold from its start. */
class TestTorchInChildJvm {

  @Test
  void askingDjlForBfloat16KillsTheJvm() throws Exception {
    Child child = Child.run(AsksForBfloat16.class, Map.of());
    assertThat(child.output()).contains("before");
    assertThat(child.output()).doesNotContain("after");
    assertThat(child.exit()).isNotZero();
  }

  @Test
  void bfloat16InsideAKernelIsSafe() throws Exception {
    Child child = Child.run(CastsInsideKernel.class, Map.of());
    assertThat(child.output()).contains("1.0078125");
    assertThat(child.exit()).isZero();
  }

  @Test
  void theVectorLevelChangesTheProbe() throws Exception {
    Child usual = Child.run(PrintsProbe.class, Map.of());
    Child again = Child.run(PrintsProbe.class, Map.of());
    Child lowered =
        Child.run(
            PrintsProbe.class,
            Map.of("ATEN_CPU_CAPABILITY", "default", "ONEDNN_MAX_CPU_ISA", "SSE41"));
    assertThat(usual.output()).hasSize(64).isEqualTo(again.output());
    assertThat(lowered.output()).hasSize(64).isNotEqualTo(usual.output());
  }

  @Test
  void threadSettingsOfTheEnvironmentDoNotChangeTheProbe() throws Exception {
    Child usual = Child.run(PrintsProbe.class, Map.of());
    Child set = Child.run(PrintsProbe.class, Map.of("OMP_NUM_THREADS", "2", "MKL_DYNAMIC", "TRUE"));
    assertThat(set.output()).hasSize(64).isEqualTo(usual.output());
  }

  static final class AsksForBfloat16 {
    public static void main(String[] arguments) {
      TorchRuntime.prepareThread(1);
      try (TensorScope scope = TorchRuntime.scope()) {
        NDArray values = scope.zeros(2);
        System.out.println("before");
        System.out.flush();
        values.toType(DataType.BFLOAT16, true);
        System.out.println("after");
      }
    }
  }

  static final class CastsInsideKernel {
    public static void main(String[] arguments) {
      TorchRuntime.prepareThread(1);
      String text =
          """
            def round(self: __torch__.Kernels,
              x: Tensor) -> Tensor:
              return torch.to(torch.to(x, 15), 6)
          """;
      try (KernelProgram program = KernelProgram.compile(text);
          TensorScope scope = TorchRuntime.scope()) {
        System.out.println(
            program.call("round", scope.floats(new float[] {1.01f}, 1)).toFloatArray()[0]);
      }
    }
  }

  static final class PrintsProbe {
    public static void main(String[] arguments) {
      System.out.print(NumericsProbe.run(1).sha256());
    }
  }

  private record Child(int exit, String output) {
    static Child run(Class<?> main, Map<String, String> environment)
        throws IOException, InterruptedException {
      ProcessBuilder builder =
          new ProcessBuilder(
              List.of(
                  System.getProperty("java.home") + "/bin/java",
                  "-Xmx256m",
                  "-XX:-CreateCoredumpOnCrash",
                  "-XX:ErrorFile=/dev/null",
                  "-cp",
                  System.getProperty("java.class.path"),
                  main.getName()));
      builder.environment().putAll(environment);
      builder.redirectError(ProcessBuilder.Redirect.DISCARD);
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return new Child(process.exitValue(), output);
    }
  }
}
