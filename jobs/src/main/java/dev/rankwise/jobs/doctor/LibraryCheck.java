package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.survey.ExecutorAnswer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** That every executor can load the library that computes. */
final class LibraryCheck {
  private LibraryCheck() {}

  static Checked of(Examined examined) {
    Map<String, List<ExecutorAnswer>> byFailure = new LinkedHashMap<>();
    Set<String> versions = new TreeSet<>();
    for (ExecutorAnswer answer : examined.answers()) {
      if (answer.library().isLoaded()) {
        versions.add(answer.library().version());
      } else {
        byFailure
            .computeIfAbsent(answer.library().failure(), failure -> new ArrayList<>())
            .add(answer);
      }
    }
    List<Finding> findings = new ArrayList<>();
    byFailure.forEach(
        (failure, some) -> {
          Finding error =
              Finding.ofError(examined.named(some) + " cannot load the native library", failure);
          findings.add(
              Finding.mend(
                  error.what(),
                  error.remedy() + "; for executors --conf spark.executorEnv.DJL_CACHE_DIR=DIR"));
        });
    return new Checked("library", told(examined, versions), findings);
  }

  private static String told(Examined examined, Set<String> versions) {
    if (examined.answers().isEmpty()) {
      return Examined.NOBODY;
    }
    return versions.isEmpty()
        ? "none could be loaded"
        : versions.stream().map(it -> "libtorch " + it).collect(Collectors.joining(", "));
  }
}
