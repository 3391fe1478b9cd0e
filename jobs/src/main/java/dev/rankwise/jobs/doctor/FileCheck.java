package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.survey.ExecutorAnswer;
import dev.rankwise.jobs.survey.FileAnswer;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.text.CountText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * That executors find the files that a run reads as the driver does: rows, and a base's weights.
 */
final class FileCheck {
  private FileCheck() {}

  static Checked of(Examined examined) {
    List<Finding> findings = new ArrayList<>();
    examined.failures().forEach(it -> findings.add(Finding.ofError("On the driver", it)));
    Map<FileAnswer, List<ExecutorAnswer>> byFile = new LinkedHashMap<>();
    for (ExecutorAnswer executor : examined.answers()) {
      for (FileAnswer file : executor.files()) {
        byFile.computeIfAbsent(file, it -> new ArrayList<>()).add(executor);
      }
    }
    byFile.entrySet().stream()
        .findFirst()
        .ifPresent(
            first -> {
              String more =
                  byFile.size() == 1
                      ? ""
                      : "; so it is with %s more"
                          .formatted(CountText.of(byFile.size() - 1, "file"));
              findings.add(
                  Finding.mend(
                      "%s cannot find %s as the driver does: it %s%s"
                          .formatted(
                              examined.named(first.getValue()),
                              Redaction.withoutSecrets(first.getKey().file()),
                              Redaction.withoutSecrets(first.getKey().failure()),
                              more),
                      "put what is read where all hosts see it under one name, or the same copy on"
                          + " each host"));
            });
    return new Checked("files", told(examined), findings);
  }

  private static String told(Examined examined) {
    if (examined.files() == 0) {
      return "none is named";
    }
    return examined.answers().isEmpty()
        ? Examined.NOBODY
        : "%s of rows and base asked for".formatted(CountText.of(examined.files(), "file"));
  }
}
