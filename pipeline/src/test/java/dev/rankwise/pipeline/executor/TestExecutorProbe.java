package dev.rankwise.pipeline.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.torch.FloatProducts;
import dev.rankwise.models.torch.NumericsProbe;
import dev.rankwise.models.torch.Processor;
import dev.rankwise.models.torch.TorchRuntime;
import dev.rankwise.pipeline.LocalSession;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("spark")
@Tag("core")
final class TestExecutorProbe {

  @Test
  void localExecutorSaysWhatItIs() {
    SparkSession session = LocalSession.start("local[2]");
    try {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      List<ExecutorState> states = ExecutorProbe.ask(spark, 1);
      Collection<MemoryUse> memory = ExecutorProbe.memory(spark);

      assertThat(states).hasSize(1);
      assertThat(states.get(0).executor()).isEqualTo("driver");
      assertThat(states.get(0).libtorch()).isEqualTo(TorchRuntime.load());
      assertThat(states.get(0).numerics()).isEqualTo(NumericsProbe.ofThisJvm(1).sha256());
      assertThat(states.get(0).floatProducts())
          .isEqualTo(FloatProducts.fasterOn(Processor.ofThisHost()));
      assertThat(states.get(0).java()).isEqualTo(Runtime.version().toString());
      assertThat(memory).hasSize(1);
      MemoryUse use = memory.iterator().next();
      assertThat(use.process()).isEqualTo(ProcessHandle.current().pid());
      assertThat(use.peakBytes()).isGreaterThanOrEqualTo(use.idleBytes());
      assertThat(use.idleBytes()).isGreaterThan(32L << 20);
      assertThat(Inquiry.known(spark)).hasSize(1);
    } finally {
      session.stop();
    }
  }

  @Test
  void executorsThatComputeAlikeMayRunTogether() {
    ExecutorState first = state("1", "aa");
    ExecutorState second = state("2", "aa");
    assertThat(ExecutorProbe.ask(() -> List.of(second, first))).containsExactly(first, second);
  }

  @Test
  void executorsThatDisagreeAreNamed() {
    assertThatThrownBy(
            () ->
                ExecutorProbe.ask(
                    () -> List.of(state("1", "aa"), state("2", "aa"), state("3", "bb"))))
        .isInstanceOf(ClusterException.class)
        .hasMessage(
            "Executors 1 (host1: processor1) and 3 (host3: processor3) compute fixed kernels to"
                + " different bits, but a run needs the same bits everywhere; use hosts of one"
                + " kind, or pin all to their common level with"
                + " spark.executorEnv.ATEN_CPU_CAPABILITY, ONEDNN_MAX_CPU_ISA and MKL_CBWR");
  }

  @Test
  void whatKeepsAProcessorFromItsLevelIsNamedWithIt() {
    Processor processor = new Processor("GenuineIntel", "Xeon", List.of("avx2"));
    assertThat(ExecutorProbe.described(processor, Map.of("HOME", "/root")))
        .isEqualTo("Xeon [avx2]");
    assertThat(
            ExecutorProbe.described(
                processor, Map.of("MKL_CBWR", "AVX2", "ATEN_CPU_CAPABILITY", "default")))
        .isEqualTo("Xeon [avx2], ATEN_CPU_CAPABILITY=default, MKL_CBWR=AVX2");
  }

  private static ExecutorState state(String id, String numerics) {
    return new ExecutorState(
        id, "host" + id, "2.7.1", numerics, FloatProducts.MKL, "processor" + id, "17");
  }
}
