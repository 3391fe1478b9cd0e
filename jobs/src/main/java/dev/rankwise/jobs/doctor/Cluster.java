package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.survey.RegisteredExecutor;
import java.time.Duration;
import java.util.List;
import org.apache.spark.SparkConf;

/**
 * What the driver knows of its cluster.
 *
 * @param conf the settings of its context
 * @param executors those that came
 * @param waited how long at most it waited for them
 */
record Cluster(SparkConf conf, List<RegisteredExecutor> executors, Duration waited) {
  private static final String MEMORY = "spark.executor.memory";
  private static final String CORES = "spark.executor.cores";
  private static final String ALL_CORES = "spark.cores.max";
  private static final String INSTANCES = "spark.executor.instances";

  Cluster {
    executors = List.copyOf(executors);
  }

  String master() {
    return conf.get("spark.master", "local");
  }

  /** Whether the driver computes, as in {@code local[2]}; {@code local-cluster} has executors. */
  boolean isLocal() {
    return master().matches("local(\\[.*)?");
  }

  /** Whether somebody ends executors that take more than they were given. */
  boolean countsMemory() {
    return master().startsWith("yarn") || master().startsWith("k8s");
  }

  /** How many executors are asked for; 0 where Spark decides by the cores that it finds. */
  static int asked(SparkConf conf) {
    String master = conf.get("spark.master", "local");
    if (conf.getBoolean("spark.dynamicAllocation.enabled", false)) {
      return 0;
    }
    if (master.startsWith("spark:") && conf.contains(ALL_CORES) && conf.contains(CORES)) {
      return conf.getInt(ALL_CORES, 0) / conf.getInt(CORES, 1);
    }
    // Two is Spark's own number on YARN and Kubernetes.
    return master.startsWith("yarn") || master.startsWith("k8s") ? conf.getInt(INSTANCES, 2) : 0;
  }

  int taskCores() {
    return conf.getInt("spark.task.cpus", 1);
  }

  /** The most tasks that an executor runs at once. */
  int tasksAtOnce() {
    return executors.stream()
        .mapToInt(RegisteredExecutor::tasks)
        .max()
        .orElse(Math.max(1, conf.getInt(CORES, 1) / taskCores()));
  }

  /** Tasks that this executor runs at once. */
  int tasksOf(String executor) {
    return executors.stream()
        .filter(it -> it.id().equals(executor))
        .mapToInt(RegisteredExecutor::tasks)
        .findFirst()
        .orElse(tasksAtOnce());
  }

  /** Java's heap of an executor, in bytes, as it is asked for. */
  long executorHeapBytes() {
    return conf.getSizeAsBytes(MEMORY, "1g");
  }

  /** What an executor must find at a worker, for people. */
  String wanted() {
    return "%s=%s and %s=%s"
        .formatted(MEMORY, conf.get(MEMORY, "1g"), CORES, conf.get(CORES, "all that it has"));
  }

  /** The driver's host, as executors call it. */
  String driverHost() {
    return conf.get("spark.driver.host", "");
  }
}
