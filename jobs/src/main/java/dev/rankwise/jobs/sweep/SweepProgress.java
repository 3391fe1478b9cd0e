package dev.rankwise.jobs.sweep;

import dev.rankwise.jobs.run.TuningRun;
import dev.rankwise.jobs.session.FailureLog;
import dev.rankwise.jobs.session.FailureReport;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.session.SharedSpark;
import dev.rankwise.jobs.stored.EvaluationRun;
import dev.rankwise.jobs.stored.StoredModel;
import dev.rankwise.models.failure.FailedRunsException;
import dev.rankwise.models.failure.FailureCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How far a sweep is: what is told and written of it after each run. */
final class SweepProgress {
  private final SweepPlan plan;
  private final SweepDocuments documents;
  private final SharedSpark spark;
  private final RunContext context;
  private final List<RunRecord> records = new ArrayList<>();
  private final Map<PlannedRun, FailureCode> failures = new LinkedHashMap<>();

  /** What is done already, by the run folders. */
  SweepProgress(SweepPlan plan, SweepDocuments documents, SharedSpark spark, RunContext context) {
    this.plan = plan;
    this.documents = documents;
    this.spark = spark;
    this.context = context;
    plan.runs().forEach(run -> records.add(RunRecord.read(run, plan.alsoEvaluated())));
  }

  /** Says what is to do. */
  void tellStart() {
    plan.runs().stream()
        .flatMap(run -> run.recipe().notes().stream())
        .distinct()
        .forEach(note -> context.say("Note: " + note));
    long done = records.stream().filter(RunRecord::isWhole).count();
    context.say(
        "Sweep      %s runs: %s done, %s to do"
            .formatted(records.size(), done, records.size() - done));
    documents.write(new SweepTable(records));
  }

  /** Does what a run lacks. */
  void complete(int index) {
    if (records.get(index).isWhole()) {
      return;
    }
    PlannedRun run = plan.runs().get(index);
    context.say("");
    context.say("[%s of %s] %s".formatted(index + 1, records.size(), run.label()));
    // Where Spark cannot be started, no run after this one could be done either.
    spark.start("sweep", run.recipe().spark());
    try {
      if (!records.get(index).hasSucceeded()) {
        forgetEvaluations(run);
        new TuningRun(run.recipe(), context).run();
        record(index, RunRecord.read(run, plan.alsoEvaluated()));
      }
      for (OtherTask other : records.get(index).untold()) {
        context.say("Evaluate   " + other.name());
        new EvaluationRun(
                StoredModel.at(run.folder(), Optional.empty(), List.of()),
                EvaluationRun.Rows.heldOutOf(other.recipe()),
                context)
            .run(Optional.of(run.folder().resolve(other.file())));
      }
      record(index, RunRecord.read(run, plan.alsoEvaluated()));
    } catch (Throwable e) {
      // Spark throws checked exceptions through methods that do not declare them.
      failed(index, e);
      if (failures.get(run) == null) {
        throw e;
      }
    }
  }

  /** Records a failure; a signal's end is none that the next run could follow. */
  private void failed(int index, Throwable failure) {
    FailureReport report = FailureReport.of(failure);
    PlannedRun run = plan.runs().get(index);
    record(index, RunRecord.failed(run, report));
    switch (report.code()) {
      case HUNG_UP, INTERRUPTED, TERMINATED -> {}
      default -> {
        failures.put(run, report.code());
        context.say(
            "Failed     %s (exit code %s)".formatted(report.message(), report.code().exitCode()));
        FailureLog.write(report, failure).ifPresent(file -> context.say("Details    " + file));
      }
    }
  }

  private void record(int index, RunRecord record) {
    records.set(index, record);
    documents.write(new SweepTable(records));
  }

  /** What was measured of the run that lies there is not of the one that begins. */
  private void forgetEvaluations(PlannedRun run) {
    try {
      for (OtherTask other : plan.alsoEvaluated()) {
        Files.deleteIfExists(run.folder().resolve(other.file()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Says where the figures lie.
   *
   * @throws FailedRunsException if any run failed
   */
  void tellEnd() {
    context.say("");
    context.say("Table      " + documents.folder().resolve(SweepDocuments.MARKDOWN));
    context.say("Report     " + documents.folder().resolve(RunFiles.REPORT));
    if (failures.isEmpty()) {
      return;
    }
    List<String> names =
        failures.entrySet().stream()
            .map(
                failed ->
                    "%s (exit code %s)"
                        .formatted(failed.getKey().label(), failed.getValue().exitCode()))
            .toList();
    throw new FailedRunsException(
        failures.values().iterator().next(),
        ("%s of %s runs failed: %s; the report says why; mend what they need and give the same"
                + " command again, which does what is missing")
            .formatted(failures.size(), records.size(), String.join(", ", names)));
  }
}
