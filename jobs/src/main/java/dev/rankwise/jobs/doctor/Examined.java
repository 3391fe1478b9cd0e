package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.estimate.Estimate;
import dev.rankwise.jobs.survey.BaseAnswer;
import dev.rankwise.jobs.survey.ClockOffset;
import dev.rankwise.jobs.survey.ExecutorAnswer;
import dev.rankwise.jobs.survey.MemoryAnswer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Everything that checks look at.
 *
 * @param cluster what the driver knows
 * @param answers what executors said, by id
 * @param silent addresses of those that said nothing
 * @param clocks how far their clocks are off
 * @param folders places that are to be shared
 * @param files how many files every executor must find
 * @param failures what the driver itself found against rows
 * @param base the recipe's base as the driver finds it
 * @param driver memory of the driver
 * @param estimate what the recipe's run takes; empty without a recipe
 */
record Examined(
    Cluster cluster,
    List<ExecutorAnswer> answers,
    Set<String> silent,
    List<ClockOffset> clocks,
    List<FolderReport> folders,
    int files,
    List<String> failures,
    BaseAnswer base,
    MemoryAnswer driver,
    Optional<Estimate> estimate) {

  /** What a check says that had nobody to ask. */
  static final String NOBODY = "not asked: no executor came";

  private static final int MOST_NAMED = 6;

  Examined {
    answers = List.copyOf(answers);
    silent = Set.copyOf(silent);
    clocks = List.copyOf(clocks);
    folders = List.copyOf(folders);
    failures = List.copyOf(failures);
  }

  /** Bytes of a process with its libraries: the largest of those that were told; 0 for none. */
  long idleBytes() {
    long told = answers.stream().mapToLong(it -> it.memory().idleBytes()).max().orElse(0);
    return told > 0 ? told : estimate.map(it -> it.idleBytes().orElse(0)).orElse(0L);
  }

  /** The begin of a sentence on some executors: who they are, and where. */
  String named(List<ExecutorAnswer> some) {
    if (cluster.isLocal()) {
      return "The driver, which computes,";
    }
    String ids =
        some.stream()
            .limit(MOST_NAMED)
            .map(ExecutorAnswer::executor)
            .collect(Collectors.joining(", "));
    String more =
        some.size() > MOST_NAMED ? " and %s more".formatted(some.size() - MOST_NAMED) : "";
    Set<String> hosts = new TreeSet<>(some.stream().map(ExecutorAnswer::host).toList());
    String where =
        hosts.size() > MOST_NAMED ? "%s hosts".formatted(hosts.size()) : String.join(", ", hosts);
    return "%s %s%s (%s)".formatted(some.size() == 1 ? "Executor" : "Executors", ids, more, where);
  }
}
