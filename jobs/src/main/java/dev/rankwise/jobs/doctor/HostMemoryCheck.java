package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.estimate.Estimate;
import dev.rankwise.jobs.survey.ExecutorAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * That a host has the memory that its processes may come to take:
 *
 * <p>base once + Σ over executors (heap + libraries + tasks at once × (parameters + activations)) +
 * the driver's heap and libraries, where it runs there too.
 */
final class HostMemoryCheck {
  /** Below this an executor of Spark's own does not start. */
  private static final long SMALLEST_HEAP = 480L << 20;

  private HostMemoryCheck() {}

  static Checked of(Examined examined) {
    Map<String, List<ExecutorAnswer>> byHost =
        examined.answers().stream()
            .collect(
                Collectors.groupingBy(ExecutorAnswer::host, TreeMap::new, Collectors.toList()));
    List<Finding> findings = new ArrayList<>();
    List<String> told = new ArrayList<>();
    byHost.forEach(
        (host, some) -> {
          long has = some.stream().mapToLong(it -> it.memory().hostBytes()).min().orElse(0);
          long takes = takes(examined, host, some);
          told.add(
              "%s up to %s of %s".formatted(host, MegabyteText.of(takes), MegabyteText.of(has)));
          if (has > 0 && takes > has) {
            findings.add(tooLittle(examined, host, some, takes, has));
          }
        });
    String line = told.isEmpty() ? Examined.NOBODY : String.join("; ", told);
    return new Checked(
        "memory",
        examined.estimate().isPresent() || told.isEmpty()
            ? line
            : line + " (without a recipe, heaps and libraries alone)",
        findings);
  }

  private static long takes(Examined examined, String host, List<ExecutorAnswer> some) {
    long bytes = examined.estimate().map(Estimate::baseBytes).orElse(0L);
    for (ExecutorAnswer answer : some) {
      bytes += answer.memory().heapBytes() + beside(examined, answer);
    }
    boolean together = host.equals(examined.cluster().driverHost());
    return examined.cluster().isLocal() || !together
        ? bytes
        : bytes + examined.driver().heapBytes() + examined.driver().idleBytes();
  }

  /** What an executor takes outside its heap, without the base that it shares. */
  private static long beside(Examined examined, ExecutorAnswer answer) {
    int tasks = examined.cluster().tasksOf(answer.executor());
    return answer.memory().idleBytes()
        + examined.estimate().map(it -> tasks * it.taskBytes()).orElse(0L);
  }

  private static Finding tooLittle(
      Examined examined, String host, List<ExecutorAnswer> some, long takes, long has) {
    long heaps = some.stream().mapToLong(it -> it.memory().heapBytes()).sum();
    long left = (has - (takes - heaps)) / some.size();
    String setting =
        examined.cluster().isLocal() ? "--driver-memory " : "--conf spark.executor.memory=";
    return Finding.mend(
        "%s may take up to %s on host %s, of that %s in Java's heap, and the host has %s"
            .formatted(
                examined.named(some),
                MegabyteText.of(takes),
                host,
                MegabyteText.of(heaps),
                MegabyteText.of(has)),
        left > SMALLEST_HEAP
            ? "give each less heap: %s%sm".formatted(setting, left >> 20)
            : "run fewer tasks or executors on a host, or take hosts with more memory");
  }
}
