package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.survey.ExecutorAnswer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** That executors find the recipe's base, and the driver's. */
final class BaseCheck {
  private static final String REMEDY =
      "put the same files on every host, or where all hosts see them; what lies in a jar goes with"
          + " spark-submit --jars";

  private BaseCheck() {}

  static Checked of(Examined examined) {
    String here = examined.base().configSha256();
    if (here.isEmpty()) {
      return new Checked("base", "none without a recipe", List.of());
    }
    Map<String, List<ExecutorAnswer>> byFailure = new LinkedHashMap<>();
    List<ExecutorAnswer> unlike = new ArrayList<>();
    for (ExecutorAnswer answer : examined.answers()) {
      if (!answer.base().failure().isEmpty()) {
        byFailure.computeIfAbsent(answer.base().failure(), it -> new ArrayList<>()).add(answer);
      } else if (!answer.base().configSha256().equals(here)) {
        unlike.add(answer);
      }
    }
    List<Finding> findings = new ArrayList<>();
    byFailure.forEach(
        (failure, some) ->
            findings.add(
                Finding.mend(examined.named(some) + " cannot find the base: " + failure, REMEDY)));
    if (!unlike.isEmpty()) {
      findings.add(
          Finding.mend(
              "%s would use another base than the driver: its configuration differs"
                  .formatted(examined.named(unlike)),
              REMEDY));
    }
    return new Checked("base", told(examined, findings.isEmpty()), findings);
  }

  private static String told(Examined examined, boolean found) {
    if (examined.answers().isEmpty()) {
      return Examined.NOBODY;
    }
    return found ? "the driver's, on each" : "not the driver's on each";
  }
}
