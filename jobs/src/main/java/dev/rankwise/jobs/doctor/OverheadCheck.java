package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.estimate.Estimate;
import java.util.List;
import org.apache.spark.SparkConf;

/**
 * That an executor is given, beside its heap, what libtorch, the base and the activations of its
 * tasks take: libraries + base + tasks at once × (parameters + activations). What is advised leaves
 * a tenth to spare, since two measurements of the same differ by some percent. YARN and Kubernetes
 * end an executor that takes more. A standalone worker counts the heap alone, so there only a
 * number that somebody wrote down is held to it.
 */
final class OverheadCheck {
  private static final String SETTING = "spark.executor.memoryOverhead";
  private static final String FACTOR = "spark.executor.memoryOverheadFactor";
  private static final String FACTOR_OF_KUBERNETES = "spark.kubernetes.memoryOverheadFactor";
  private static final long SPARKS_LEAST = 384L << 20;
  private static final double SPARKS_FACTOR = 0.1;

  /** As {@link Estimate#overheadBytes} reckons. */
  private static final double SPARE = 1.1;

  private OverheadCheck() {}

  static Checked of(Examined examined) {
    Cluster cluster = examined.cluster();
    if (cluster.isLocal()) {
      return new Checked("overhead", "none to set: the driver computes", List.of());
    }
    int tasks = cluster.tasksAtOnce();
    long advised =
        examined
            .estimate()
            .map(it -> it.overheadBytes(tasks, examined.idleBytes()))
            .orElse(Math.round(SPARE * examined.idleBytes()));
    long needed = Math.round(advised / SPARE);
    boolean written = cluster.conf().contains(SETTING);
    if (needed == 0) {
      return new Checked("overhead", Examined.NOBODY, List.of());
    }
    if (!written && !cluster.countsMemory()) {
      return new Checked(
          "overhead",
          "nobody counts it here; leave each executor %s beside its heap"
              .formatted(MegabyteText.of(advised)),
          List.of());
    }
    long given = given(cluster.conf(), cluster.executorHeapBytes());
    String told =
        "%s of %s%s".formatted(MegabyteText.of(needed), MegabyteText.of(given), source(written));
    return new Checked(
        "overhead",
        told,
        given >= needed ? List.of() : List.of(tooLittle(examined, advised, given, tasks)));
  }

  /** As Spark reckons what containers get beside the heap, in bytes. */
  static long given(SparkConf conf, long heap) {
    if (conf.contains(SETTING)) {
      // Spark takes a number without a unit for mebibytes.
      return conf.getSizeAsMb(SETTING) << 20;
    }
    double factor = conf.getDouble(FACTOR, conf.getDouble(FACTOR_OF_KUBERNETES, SPARKS_FACTOR));
    return Math.max(SPARKS_LEAST, Math.round(factor * heap));
  }

  private static String source(boolean written) {
    return written ? "" : " that Spark gives where " + SETTING + " is not set";
  }

  private static Finding tooLittle(Examined examined, long advised, long given, int tasks) {
    return Finding.mend(
        "An executor takes %s beside its heap (libraries %s%s), and %s leaves it %s"
            .formatted(
                MegabyteText.of(Math.round(advised / SPARE)),
                MegabyteText.of(examined.idleBytes()),
                examined.estimate().map(it -> parts(it, tasks)).orElse(""),
                SETTING,
                MegabyteText.of(given)),
        "set --conf %s=%s%s"
            .formatted(
                SETTING,
                MegabyteText.setting(advised),
                examined.cluster().countsMemory()
                    ? ""
                    : ", or leave it out where nobody counts it"));
  }

  private static String parts(Estimate estimate, int tasks) {
    return ", base %s, %s at once × %s"
        .formatted(
            MegabyteText.of(estimate.baseBytes()), tasks, MegabyteText.of(estimate.taskBytes()));
  }
}
