package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.estimate.Estimate;
import dev.rankwise.jobs.survey.CacheAnswer;
import dev.rankwise.jobs.survey.ExecutorAnswer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** That each host has a folder, and room in it, for the base in its local form. */
final class CacheCheck {
  private CacheCheck() {}

  static Checked of(Examined examined) {
    long needed = examined.estimate().map(Estimate::baseBytes).orElse(0L);
    Map<String, List<ExecutorAnswer>> byFailure = new LinkedHashMap<>();
    List<ExecutorAnswer> full = new ArrayList<>();
    for (ExecutorAnswer answer : examined.answers()) {
      CacheAnswer cache = answer.cache();
      if (!cache.failure().isEmpty()) {
        byFailure.computeIfAbsent(cache.failure(), it -> new ArrayList<>()).add(answer);
      } else if (cache.freeBytes() < needed) {
        full.add(answer);
      }
    }
    List<Finding> findings = new ArrayList<>();
    byFailure.forEach(
        (failure, some) -> findings.add(Finding.ofError(examined.named(some), failure)));
    if (!full.isEmpty()) {
      findings.add(
          Finding.note(
              ("%s can put %s where bases are kept, and the recipe's takes %s unless it lies there"
                      + " already")
                  .formatted(
                      examined.named(full),
                      MegabyteText.of(full.get(0).cache().freeBytes()),
                      MegabyteText.of(needed)),
              "free room, or name a folder with more by RANKWISE_CACHE_DIR, for executors --conf"
                  + " spark.executorEnv.RANKWISE_CACHE_DIR=DIR"));
    }
    return new Checked("cache", told(examined.answers()), findings);
  }

  private static String told(List<ExecutorAnswer> answers) {
    if (answers.isEmpty()) {
      return Examined.NOBODY;
    }
    String folders =
        answers.stream()
            .map(it -> it.cache().folder())
            .filter(it -> !it.isEmpty())
            .distinct()
            .collect(Collectors.joining(", "));
    long free = answers.stream().mapToLong(it -> it.cache().freeBytes()).min().orElse(0);
    return folders.isEmpty()
        ? "none can be written"
        : "%s, at least %s free".formatted(folders, MegabyteText.of(free));
  }
}
