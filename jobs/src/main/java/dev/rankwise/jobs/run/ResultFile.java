package dev.rankwise.jobs.run;

import dev.rankwise.jobs.session.FailureReport;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.evaluate.Evaluation;
import dev.rankwise.pipeline.executor.MemoryUse;
import dev.rankwise.pipeline.train.Resumption;
import dev.rankwise.pipeline.train.TrainingResult;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code result.json}: how a run ended, or that it goes on, for schedulers and scripts.
 *
 * <p>It is this run's from the start. What a run leaves besides it, a former run's adapter and
 * figures among that, is this run's only if the hash of the adapter stands here.
 */
final class ResultFile {
  private final RunFolder folder;
  private final Clock clock;
  private final Instant started;
  private Optional<TrainedWeights> weights = Optional.empty();

  ResultFile(RunFolder folder, Clock clock, Instant started) {
    this.folder = folder;
    this.clock = clock;
    this.started = started;
  }

  /** Says that the run goes on. */
  void began() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("status", "running");
    fields.put("started", started.toString());
    JsonFile.commit(folder, RunFiles.RESULT, fields);
  }

  /** From here on what was trained and lies in the folder is this run's, however the run ends. */
  void committed(TrainedWeights trained) {
    weights = Optional.of(trained);
  }

  void succeeded(FinishedRun finished) {
    TrainingResult training = finished.tuned().training();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("status", "succeeded");
    fields.put("exit_code", 0);
    fields.put(finished.weights().hashKey(), finished.weights().sha256());
    fields.put("steps", training.steps());
    training.best().ifPresent(best -> fields.put("chosen_step", best.step()));
    finished.resumption().ifPresent(resumption -> resumed(fields, resumption));
    if (!finished.quarantined().isEmpty()) {
      fields.put("quarantined_rows", finished.quarantined());
    }
    fields.put("loss_first", JsonFile.finite(training.lossFirst()));
    fields.put("loss_last", JsonFile.finite(training.lossLast()));
    fields.put("evaluation", evaluation(finished));
    fields.put("fingerprint", finished.tuned().fingerprint().sha256());
    fields.put("fingerprint_parts", finished.tuned().fingerprint().parts());
    fields.put("tokens_per_second", training.tokensPerSecond());
    String labels =
        switch (finished.data().manifest().kind()) {
          case LABELLED -> "examples_per_second";
          case SEQUENCES -> "target_tokens_per_second";
        };
    fields.put(labels, finished.labelsPerSecond());
    fields.put("training_seconds", training.seconds());
    fields.put(finished.weights().kind() + "_bytes", finished.weights().bytes());
    fields.put("trainable_parameters", finished.tuned().trainedNumbers());
    fields.put("checks", finished.tuned().checks().fields());
    fields.put("peak_memory_bytes", finished.peakMemoryBytes());
    fields.put("peak_memory_above_idle_bytes", finished.memoryAboveIdleBytes());
    fields.put("memory", memory(finished));
    end(fields, finished.finished(), "");
  }

  private static void resumed(Map<String, Object> fields, Resumption resumption) {
    fields.put("resumed_after_step", resumption.step());
    if (!resumption.changed().isEmpty()) {
      fields.put("changed_on_the_way", resumption.changed());
    }
  }

  /** Says why the run failed; a file that cannot be written is told together with that. */
  void failed(Throwable failure) {
    FailureReport report = FailureReport.of(failure);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("status", report.status());
    fields.put("exit_code", report.code().exitCode());
    weights.ifPresent(trained -> fields.put(trained.hashKey(), trained.sha256()));
    try {
      end(fields, clock.instant(), report.message());
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private void end(Map<String, Object> fields, Instant ended, String message) {
    fields.put("started", started.toString());
    fields.put("finished", ended.toString());
    fields.put("message", message);
    JsonFile.commit(folder, RunFiles.RESULT, fields);
  }

  private static Map<String, Object> evaluation(FinishedRun finished) {
    Map<String, Object> figures = new LinkedHashMap<>();
    finished.before().ifPresent(before -> figures.put("before", figures(before)));
    finished.first().ifPresent(first -> figures.put("first_adapter", figures(first)));
    finished.after().ifPresent(after -> figures.put("after", figures(after)));
    return figures;
  }

  private static Map<String, Object> figures(Evaluation evaluation) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("examples", evaluation.metrics().examples());
    figures.putAll(evaluation.metrics().mainFigures());
    return figures;
  }

  private static List<Map<String, Object>> memory(FinishedRun finished) {
    List<Map<String, Object>> processes = new ArrayList<>();
    for (MemoryUse use : finished.memory()) {
      Map<String, Object> process = new LinkedHashMap<>();
      process.put("host", use.host());
      process.put("process", use.process());
      process.put("idle_bytes", use.idleBytes());
      process.put("peak_bytes", use.peakBytes());
      processes.add(process);
    }
    return processes;
  }
}
