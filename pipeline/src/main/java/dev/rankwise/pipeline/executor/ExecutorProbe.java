package dev.rankwise.pipeline.executor;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.torch.FloatProducts;
import dev.rankwise.models.torch.NumericsProbe;
import dev.rankwise.models.torch.Processor;
import dev.rankwise.models.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Asks the executors, before a run takes them, whether they can compute it and compute it alike:
 * loads the native library on each and compares the bits of fixed kernels.
 *
 * <p>Executors that come later are checked when they open the model.
 */
public final class ExecutorProbe {
  /** Each of the libraries that multiply can be told to use less than the processor offers. */
  private static final List<String> LEVELS =
      List.of("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS");

  private ExecutorProbe() {}

  /**
   * The executors of this cluster by id; all of them compute the same bits. From here on memory is
   * watched, theirs and the driver's.
   *
   * @param threads threads inside one operation, as the run will use
   * @throws ClusterException if one cannot load the library, or two compute differently
   */
  public static List<ExecutorState> ask(JavaSparkContext spark, int threads) {
    Inquiry<ExecutorState> inquiry =
        new Inquiry<>("load libtorch on the executors", () -> state(threads));
    return ask(() -> inquiry.answers(spark));
  }

  /** The same over any cluster, which answers when it is asked. */
  static List<ExecutorState> ask(Supplier<Collection<ExecutorState>> answers) {
    Map<String, ExecutorState> byId = new TreeMap<>();
    answers.get().forEach(state -> byId.put(state.executor(), state));
    // After the tasks: in local mode they run here, and idle is with the library loaded.
    MemoryWatch.ofThisJvm().start();
    List<ExecutorState> states = List.copyOf(byId.values());
    requireAlike(states);
    return states;
  }

  /**
   * Makes ready for another run processes that did runs before: closes the models that those left
   * open, and begins to count memory again, on the executors and on the driver.
   */
  public static void startAgain(JavaSparkContext spark) {
    new Inquiry<>("make the executors ready for another run", ExecutorProbe::madeReady)
        .answers(spark);
    MemoryWatch.ofThisJvm().startAgain();
  }

  private static boolean madeReady() {
    ReplicaHolder.ofThisJvm().closeIdle();
    MemoryWatch.ofThisJvm().startAgain();
    return true;
  }

  /** Memory of the driver and of the executors that watched it, one entry a process. */
  public static Collection<MemoryUse> memory(JavaSparkContext spark) {
    Map<String, MemoryUse> byProcess = new LinkedHashMap<>();
    List<Optional<MemoryUse>> uses = new ArrayList<>();
    uses.add(MemoryWatch.ofThisJvm().use());
    new Inquiry<>("ask the executors for their memory", ExecutorProbe::uses)
        .answers(spark)
        .forEach(found -> uses.add(found.stream().findFirst()));
    for (Optional<MemoryUse> use : uses) {
      use.ifPresent(it -> byProcess.put(it.host() + ":" + it.process(), it));
    }
    return byProcess.values();
  }

  /** One or none, as a list because that travels and an {@code Optional} does not. */
  private static List<MemoryUse> uses() {
    return MemoryWatch.ofThisJvm().use().map(List::of).orElse(List.of());
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
        described(probe.processor(), System.getenv()),
        Runtime.version().toString());
  }

  /** A processor, and what in the environment keeps libraries from using all of it. */
  public static String described(Processor processor, Map<String, String> environment) {
    StringBuilder text = new StringBuilder(processor.description());
    for (String level : LEVELS) {
      if (environment.containsKey(level)) {
        text.append(", ").append(level).append('=').append(environment.get(level));
      }
    }
    return text.toString();
  }

  private static void requireAlike(List<ExecutorState> states) {
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
