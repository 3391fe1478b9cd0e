package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.survey.ExecutorAnswer;
import dev.rankwise.jobs.survey.LibraryAnswer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * That all executors compute the same bits: a run refuses executors that do not. Which instructions
 * each library uses depends on the processor and on the environment, so names alone decide nothing.
 */
final class NumericsCheck {
  private NumericsCheck() {}

  static Checked of(Examined examined) {
    Map<String, List<ExecutorAnswer>> byBits = new LinkedHashMap<>();
    Set<String> processors = new TreeSet<>();
    for (ExecutorAnswer answer : examined.answers()) {
      if (answer.library().isLoaded()) {
        byBits.computeIfAbsent(answer.library().numerics(), bits -> new ArrayList<>()).add(answer);
        processors.add(answer.library().processor());
      }
    }
    List<Finding> findings =
        byBits.size() < 2 ? List.of() : List.of(unlike(examined, List.copyOf(byBits.values())));
    String told =
        byBits.isEmpty()
            ? (examined.answers().isEmpty() ? Examined.NOBODY : "not asked: no library")
            : "%s %s"
                .formatted(
                    byBits.size() == 1 ? "the same bits from" : "different bits from",
                    String.join("; ", processors));
    return new Checked("numerics", told, findings);
  }

  private static Finding unlike(Examined examined, List<List<ExecutorAnswer>> groups) {
    String each =
        groups.stream()
            .map(
                some ->
                    examined.named(some)
                        + " with "
                        + some.stream()
                            .map(it -> it.library().processor())
                            .distinct()
                            .collect(Collectors.joining("; ")))
            .collect(Collectors.joining(", but "));
    return Finding.mend(
        "Fixed kernels come to different bits: " + each,
        "use hosts of one kind, or pin all to what they have in common, and ask again: "
            + pinned(groups.stream().flatMap(List::stream).map(ExecutorAnswer::library).toList()));
  }

  /** The variables of ATen, oneDNN and MKL for the highest level that all processors have. */
  private static String pinned(List<LibraryAnswer> libraries) {
    if (libraries.stream().allMatch(it -> it.extensions().contains("avx512f"))) {
      return options("avx512", "AVX512_CORE", "AVX512");
    }
    return libraries.stream().allMatch(it -> it.extensions().contains("avx2"))
        ? options("avx2", "AVX2", "AVX2")
        : options("default", "SSE41", "COMPATIBLE");
  }

  private static String options(String aten, String oneDnn, String mkl) {
    return ("--conf spark.executorEnv.ATEN_CPU_CAPABILITY=%s --conf"
            + " spark.executorEnv.ONEDNN_MAX_CPU_ISA=%s --conf spark.executorEnv.MKL_CBWR=%s")
        .formatted(aten, oneDnn, mkl);
  }
}
