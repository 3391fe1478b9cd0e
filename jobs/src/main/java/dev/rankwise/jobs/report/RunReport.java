package dev.rankwise.jobs.report;

import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.pipeline.evaluate.ClassificationMetrics;
import dev.rankwise.pipeline.evaluate.LanguageMetrics;
import dev.rankwise.pipeline.evaluate.Metrics;
import dev.rankwise.pipeline.plan.RunFingerprint;
import dev.rankwise.pipeline.train.HeldOutLoss;
import dev.rankwise.pipeline.train.StepMetrics;
import dev.rankwise.pipeline.tune.AllocationRecord;
import dev.rankwise.pipeline.tune.RunChecks;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that the page of a run tells.
 *
 * @param task what was tuned on what, in a few words: {@code all-MiniLM-L6-v2 on WordNet glosses}
 * @param outcome how and when the run ended
 * @param base the frozen base
 * @param adapter what was trained
 * @param setting where and how it ran
 * @param commands how the adapter is used
 * @param data the card of the prepared data
 * @param steps what each step did, in order; empty if none was done
 * @param heldOut losses on held-out rows that were measured on the way; empty if none were
 * @param allocation what became of the ranks, where the method moves them; else nothing
 * @param checks what was compared after the run; empty if it did not get there
 * @param evaluation figures on the held-out rows; empty if nothing was evaluated
 * @param samples answers to a few held-out rows. Their texts are the user's own rows and stand in
 *     the page as they are given here, so pass them only where whoever reads the page may read them
 * @param memory peak memory of the host that held most; empty if it was not measured
 * @param fingerprint what the result depends on
 * @param recipe the resolved recipe as it stands in {@code recipe.yaml}, free of secrets
 */
public record RunReport(
    String task,
    RunOutcome outcome,
    TunedBase base,
    TunedAdapter adapter,
    RunSetting setting,
    List<UsageCommand> commands,
    DataManifest data,
    List<StepMetrics> steps,
    List<HeldOutLoss> heldOut,
    AllocationRecord allocation,
    Optional<RunChecks> checks,
    Map<EvaluatedModel, Metrics> evaluation,
    List<SamplePrediction> samples,
    Map<MemoryPart, Long> memory,
    RunFingerprint fingerprint,
    String recipe) {

  public RunReport {
    commands = List.copyOf(commands);
    steps = List.copyOf(steps);
    heldOut = List.copyOf(heldOut);
    samples = List.copyOf(samples);
    Map<EvaluatedModel, Metrics> models = new EnumMap<>(EvaluatedModel.class);
    models.putAll(evaluation);
    evaluation = Collections.unmodifiableMap(models);
    Map<MemoryPart, Long> parts = new EnumMap<>(MemoryPart.class);
    parts.putAll(memory);
    memory = Collections.unmodifiableMap(parts);
  }

  /** The figures of classifiers; empty if none was evaluated. */
  Map<EvaluatedModel, ClassificationMetrics> classifiers() {
    return figures(ClassificationMetrics.class);
  }

  /** The figures of causal decoders; empty if none was evaluated. */
  Map<EvaluatedModel, LanguageMetrics> decoders() {
    return figures(LanguageMetrics.class);
  }

  /** The figures that matter most: the adapter's, else the base's. */
  static <T> Optional<T> main(Map<EvaluatedModel, T> figures) {
    return Optional.ofNullable(figures.get(EvaluatedModel.ADAPTER))
        .or(() -> Optional.ofNullable(figures.get(EvaluatedModel.FROZEN_BASE)));
  }

  private <T> Map<EvaluatedModel, T> figures(Class<T> type) {
    Map<EvaluatedModel, T> figures = new EnumMap<>(EvaluatedModel.class);
    evaluation.forEach(
        (model, metrics) -> {
          if (type.isInstance(metrics)) {
            figures.put(model, type.cast(metrics));
          }
        });
    return figures;
  }
}
