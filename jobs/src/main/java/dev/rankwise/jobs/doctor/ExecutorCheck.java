package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.survey.ExecutorAnswer;
import dev.rankwise.jobs.survey.RegisteredExecutor;
import dev.rankwise.models.text.CountText;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** That executors came, as many as were asked for, and that all of them answer. */
final class ExecutorCheck {
  private ExecutorCheck() {}

  static Checked of(Examined examined) {
    Cluster cluster = examined.cluster();
    List<Finding> findings = new ArrayList<>();
    int asked = Cluster.asked(cluster.conf());
    if (cluster.executors().isEmpty()) {
      findings.add(
          Finding.mend(
              "No executor came within %s seconds on %s"
                  .formatted(cluster.waited().toSeconds(), cluster.master()),
              ("see on the master's page whether a worker has %s free, and in the workers' and the"
                      + " driver's logs whether executors ended as they began; ask for less, or wait"
                      + " longer with --wait")
                  .formatted(cluster.wanted())));
    } else if (cluster.executors().size() < asked) {
      findings.add(
          Finding.mend(
              "%s came within %s seconds, and %s are asked for"
                  .formatted(
                      CountText.of(cluster.executors().size(), "executor"),
                      cluster.waited().toSeconds(),
                      asked),
              ("see whether the cluster has %s free so many times; ask for fewer, or wait longer"
                      + " with --wait")
                  .formatted(cluster.wanted())));
    }
    if (!examined.silent().isEmpty()) {
      findings.add(
          Finding.mend(
              "The executors at %s were asked again and again and did not answer"
                  .formatted(String.join(", ", new TreeSet<>(examined.silent()))),
              "look at their logs, and at what else their hosts compute"));
    }
    unlikeJava(examined.answers(), findings);
    return new Checked("executors", told(cluster, examined.answers()), findings);
  }

  private static void unlikeJava(List<ExecutorAnswer> answers, List<Finding> findings) {
    Set<String> versions =
        answers.stream().map(ExecutorAnswer::java).collect(Collectors.toCollection(TreeSet::new));
    if (versions.size() > 1) {
      findings.add(
          Finding.note(
              "Executors run on different versions of Java: %s"
                  .formatted(String.join(", ", versions)),
              "give all hosts the same one, so that what is found on one holds on all"));
    }
  }

  private static String told(Cluster cluster, List<ExecutorAnswer> answers) {
    if (cluster.executors().isEmpty()) {
      return "none";
    }
    IntSummaryStatistics tasks =
        cluster.executors().stream().mapToInt(RegisteredExecutor::tasks).summaryStatistics();
    String atOnce =
        tasks.getMin() == tasks.getMax()
            ? CountText.of(tasks.getMax(), "task")
            : "%s to %s tasks".formatted(tasks.getMin(), tasks.getMax());
    if (cluster.isLocal()) {
      return "none but the driver, %s at once".formatted(atOnce);
    }
    long hosts = answers.stream().map(ExecutorAnswer::host).distinct().count();
    return "%s on %s, %s at once on each"
        .formatted(cluster.executors().size(), CountText.of(hosts, "host"), atOnce);
  }
}
