package dev.rankwise.pipeline.executor;

import dev.rankwise.datasets.source.SparkFailures;
import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.network.FloatProducts;
import dev.rankwise.models.torch.NumericsProbe;
import dev.rankwise.models.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Asks the executors, before a run takes them, whether they can compute it and compute it alike:
 * loads the native library on each and compares the bits of fixed kernels.
 *
 * <p>Executors that come later are checked when they open the model.
 */
public final class ExecutorProbe {
  /** Several tasks for each slot, so that every executor gets one. */
  private static final int TASKS_PER_SLOT = 2;

  private ExecutorProbe() {}

  /**
   * The executors of this cluster by id; all of them compute the same bits.
   *
   * @param threads threads inside one operation, as the run will use
   * @throws ClusterException if one cannot load the library, or two compute differently
   */
  public static List<ExecutorState> ask(JavaSparkContext spark, int threads) {
    Map<String, ExecutorState> byId = new TreeMap<>();
    SparkFailures.running(
            "load libtorch on the executors",
            () -> each(spark).map(task -> state(threads)).collect())
        .forEach(state -> byId.put(state.executor(), state));
    List<ExecutorState> states = List.copyOf(byId.values());
    requireAlike(states);
    return states;
  }

  /** Memory of the driver and of the executors that answer, one entry a process. */
  public static Collection<MemoryUse> memory(JavaSparkContext spark) {
    Map<String, MemoryUse> byProcess = new LinkedHashMap<>();
    List<MemoryUse> uses = new ArrayList<>();
    MemoryWatch.ofThisJvm().use().ifPresent(uses::add);
    uses.addAll(
        SparkFailures.running(
            "ask the executors for their memory",
            () ->
                each(spark)
                    .flatMap(task -> MemoryWatch.ofThisJvm().use().stream().iterator())
                    .collect()));
    uses.forEach(use -> byProcess.put(use.host() + ":" + use.process(), use));
    return byProcess.values();
  }

  private static org.apache.spark.api.java.JavaRDD<Integer> each(JavaSparkContext spark) {
    int tasks = Math.max(1, spark.defaultParallelism()) * TASKS_PER_SLOT;
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < tasks; i++) {
      numbers.add(i);
    }
    return spark.parallelize(numbers, tasks);
  }

  private static ExecutorState state(int threads) {
    String libtorch = TorchRuntime.load();
    NumericsProbe probe = NumericsProbe.ofThisJvm(threads);
    MemoryWatch.ofThisJvm().start();
    return new ExecutorState(
        SparkEnv.get().executorId(),
        SparkEnv.get().blockManager().blockManagerId().host(),
        libtorch,
        probe.sha256(),
        FloatProducts.fasterOn(probe.processor()),
        probe.processor().description(),
        Runtime.version().toString());
  }

  static void requireAlike(List<ExecutorState> states) {
    ExecutorState first = states.get(0);
    for (ExecutorState other : states) {
      if (!other.numerics().equals(first.numerics())) {
        throw unlike(first, other);
      }
    }
  }

  private static ClusterException unlike(ExecutorState first, ExecutorState other) {
    return new ClusterException(
        ("Executors %s (%s: %s) and %s (%s: %s) compute fixed kernels to different bits, but a run"
                + " needs the same bits everywhere; use hosts of one kind, or pin all to their common"
                + " level with spark.executorEnv.ATEN_CPU_CAPABILITY, ONEDNN_MAX_CPU_ISA and MKL_CBWR")
            .formatted(
                first.executor(),
                first.host(),
                first.processor(),
                other.executor(),
                other.host(),
                other.processor()));
  }
}
