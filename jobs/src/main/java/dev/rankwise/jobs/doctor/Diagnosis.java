package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.doctor.Finding.Weight;
import dev.rankwise.jobs.estimate.Estimate;
import dev.rankwise.jobs.survey.ClockOffset;
import dev.rankwise.jobs.survey.ExecutorAnswer;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.text.CountText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What all checks came to.
 *
 * @param examined what they looked at
 * @param checks what each came to, in the order in which they are told
 */
record Diagnosis(Examined examined, List<Checked> checks) {
  Diagnosis {
    checks = List.copyOf(checks);
  }

  /** Looks at everything. */
  static Diagnosis of(Examined examined) {
    return new Diagnosis(
        examined,
        List.of(
            ExecutorCheck.of(examined),
            LibraryCheck.of(examined),
            NumericsCheck.of(examined),
            ClockCheck.of(examined),
            HostMemoryCheck.of(examined),
            OverheadCheck.of(examined),
            HeapCheck.of(examined),
            ResultCheck.of(examined),
            FolderCheck.of(examined),
            FileCheck.of(examined),
            BaseCheck.of(examined),
            CacheCheck.of(examined),
            DeviceCheck.of(examined),
            VariableCheck.of(examined)));
  }

  /** Whether something must be mended. */
  boolean mustBeMended() {
    return checks.stream().anyMatch(Checked::mustBeMended);
  }

  /** Tells all of it, line by line. */
  void tell(Consumer<String> say) {
    say.accept(line("Master", Redaction.withoutSecrets(examined.cluster().master())));
    for (Checked check : checks) {
      String name = check.name();
      say.accept(
          line(name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1), check.told()));
      for (Finding finding : check.findings()) {
        say.accept(line(finding.weight() == Weight.MEND ? "  Wrong" : "  Note", finding.what()));
        say.accept(line("  Remedy", finding.remedy()));
      }
    }
    long wrong = count(Weight.MEND);
    long notes = count(Weight.NOTE);
    say.accept(
        line(
            "Result",
            (wrong == 0 ? "nothing to mend" : CountText.of(wrong, "thing") + " to mend")
                + (notes == 0 ? "" : ", " + CountText.of(notes, "note"))));
  }

  private static String line(String label, String text) {
    return String.format(Locale.ROOT, "%-10s %s", label, text);
  }

  private long count(Weight weight) {
    return checks.stream()
        .flatMap(check -> check.findings().stream())
        .filter(finding -> finding.weight() == weight)
        .count();
  }

  /** All of it by name, for scripts. */
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("verdict", mustBeMended() ? "mend" : "well");
    fields.put("master", Redaction.withoutSecrets(examined.cluster().master()));
    fields.put("checks", checks.stream().map(Checked::fields).toList());
    List<Map<String, Object>> executors = new ArrayList<>();
    examined.answers().forEach(answer -> executors.add(fields(answer)));
    fields.put("executors", executors);
    examined.estimate().map(Estimate::fields).ifPresent(it -> fields.put("estimate", it));
    return fields;
  }

  private Map<String, Object> fields(ExecutorAnswer answer) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("executor", answer.executor());
    fields.put("host", answer.host());
    fields.put("process", answer.process());
    fields.put("tasks_at_once", examined.cluster().tasksOf(answer.executor()));
    fields.put("java", answer.java());
    fields.put("processor", answer.library().processor());
    fields.put("libtorch", answer.library().version());
    fields.put("libtorch_with_cuda", answer.library().builtForCuda());
    fields.put("numerics_sha256", answer.library().numerics());
    fields.put("heap_bytes", answer.memory().heapBytes());
    fields.put("host_memory_bytes", answer.memory().hostBytes());
    fields.put("idle_process_bytes", answer.memory().idleBytes());
    fields.put("cache_folder", answer.cache().folder());
    fields.put("cache_free_bytes", answer.cache().freeBytes());
    fields.put("gpus_granted", answer.devices().granted());
    fields.put("gpus_seen", answer.devices().present());
    for (ClockOffset clock : examined.clocks()) {
      if (clock.executor().equals(answer.executor())) {
        fields.put("clock_ahead_at_least_seconds", clock.leastMillis() / 1e3);
        fields.put("clock_ahead_at_most_seconds", clock.mostMillis() / 1e3);
      }
    }
    return fields;
  }
}
