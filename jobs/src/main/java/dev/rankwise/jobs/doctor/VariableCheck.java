package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.survey.ExecutorAnswer;
import dev.rankwise.pipeline.train.SparkDefaults;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** That the environment has what keeps the memory of native libraries small. */
final class VariableCheck {
  private static final String PREFIX = "spark.executorEnv.";

  private VariableCheck() {}

  /** Names with the values that the command gives to executors by itself. */
  static Map<String, String> wanted() {
    Map<String, String> wanted = new TreeMap<>();
    SparkDefaults.settings()
        .forEach(
            (key, value) -> {
              if (key.startsWith(PREFIX)) {
                wanted.put(key.substring(PREFIX.length()), value);
              }
            });
    return wanted;
  }

  static Checked of(Examined examined) {
    TreeSet<String> unset = new TreeSet<>();
    examined.answers().forEach(it -> unset.addAll(it.unset()));
    if (examined.answers().isEmpty()) {
      return new Checked("variables", Examined.NOBODY, List.of());
    }
    if (unset.isEmpty()) {
      return new Checked("variables", "set on each", List.of());
    }
    List<ExecutorAnswer> lacking =
        examined.answers().stream().filter(it -> !it.unset().isEmpty()).toList();
    String form = examined.cluster().isLocal() ? "%s=%s" : "--conf " + PREFIX + "%s=%s";
    String all =
        unset.stream()
            .map(name -> form.formatted(name, wanted().get(name)))
            .collect(Collectors.joining(" "));
    return new Checked(
        "variables",
        "not all set",
        List.of(
            Finding.note(
                "%s must do without %s, and native libraries keep memory that they could give back"
                    .formatted(examined.named(lacking), String.join(", ", unset)),
                examined.cluster().isLocal()
                    ? "export %s before spark-submit, as ./rankwise does".formatted(all)
                    : "set " + all)));
  }
}
