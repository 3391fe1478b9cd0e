package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.estimate.Estimate;
import dev.rankwise.pipeline.executor.VectorMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * That Java's heaps hold the vectors of a step, with a quarter left for Spark itself.
 *
 * <p>Driver: AdamW's two moments, θ, the sum, a result of each group, and θ as it is broadcast.
 * Executor: θ as it came and as it is used, and for each task at once a gradient as it leaves,
 * packed and in its result.
 */
final class HeapCheck {
  private static final double SHARE = 0.75;

  private HeapCheck() {}

  static Checked of(Examined examined) {
    if (examined.estimate().isEmpty()) {
      return new Checked("heaps", "nothing to hold without a recipe", List.of());
    }
    Estimate estimate = examined.estimate().get();
    Cluster cluster = examined.cluster();
    long driver = driverBytes(estimate.vectors(), estimate.step().groups());
    long executor = executorBytes(estimate.vectors(), cluster.tasksAtOnce());
    List<Finding> findings = new ArrayList<>();
    long driverHeap = examined.driver().heapBytes();
    if (driver > SHARE * driverHeap) {
      findings.add(
          tooSmall(
              "driver",
              driver,
              driverHeap,
              "--driver-memory %s (./rankwise takes RANKWISE_JAVA_OPTS=-Xmx%1$s)"));
    }
    if (!cluster.isLocal() && executor > SHARE * cluster.executorHeapBytes()) {
      findings.add(
          tooSmall(
              "executors",
              executor,
              cluster.executorHeapBytes(),
              "--conf spark.executor.memory=%s"));
    }
    String told = "driver %s of %s".formatted(MegabyteText.of(driver), MegabyteText.of(driverHeap));
    return new Checked(
        "heaps",
        cluster.isLocal()
            ? told
            : "%s, executors %s of %s"
                .formatted(
                    told, MegabyteText.of(executor), MegabyteText.of(cluster.executorHeapBytes())),
        findings);
  }

  static long driverBytes(VectorMemory vectors, int groups) {
    return vectors.optimizerBytes() + vectors.driverBytes(groups) + vectors.vectorBytes();
  }

  static long executorBytes(VectorMemory vectors, int tasks) {
    return 2L * (1 + tasks) * vectors.vectorBytes();
  }

  private static Finding tooSmall(String who, long takes, long has, String option) {
    String enough = MegabyteText.setting(Math.round(takes / SHARE));
    return Finding.mend(
        "Vectors of a step take %s of the %s's heap of %s, and a quarter of it is Spark's"
            .formatted(MegabyteText.of(takes), who, MegabyteText.of(has)),
        "set " + option.formatted(enough));
  }
}
