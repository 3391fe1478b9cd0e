package dev.rankwise.jobs.run;

import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.jobs.report.SamplePrediction;
import dev.rankwise.pipeline.evaluate.Evaluation;
import dev.rankwise.pipeline.executor.ExecutorState;
import dev.rankwise.pipeline.executor.MemoryUse;
import dev.rankwise.pipeline.train.Resumption;
import dev.rankwise.pipeline.train.StepMetrics;
import dev.rankwise.pipeline.tune.TunedModel;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Everything that a run reached, before it is written down.
 *
 * @param data the examples
 * @param tuned the adapter
 * @param resumption how it took over what an interrupted run had reached; empty if it began at the
 *     beginning
 * @param before what the adapter is compared with on the held-out rows: of a classifier the frozen
 *     base with a trained head, of a decoder the base alone; empty if it was not measured
 * @param first of a decoder that was tuned above another adapter the base with that one alone, if
 *     the base alone was measured
 * @param after the adapter on the held-out rows, if rows were held out
 * @param steps what each step did
 * @param executors what the executors said of themselves
 * @param master Spark's master
 * @param slots tasks that ran at once, over all executors
 * @param memory memory by process
 * @param frozen what of the base stayed frozen
 * @param held how the base was held
 * @param weights the file with what was trained
 * @param started when the run began
 * @param finished when its last figure was there
 * @param quarantined ids of the rows that training left out, because they make a step fail always
 * @param samples some held-out rows with both predictions
 */
record FinishedRun(
    PreparedData data,
    TunedModel tuned,
    Optional<Resumption> resumption,
    Optional<Evaluation> before,
    Optional<Evaluation> first,
    Optional<Evaluation> after,
    List<StepMetrics> steps,
    List<ExecutorState> executors,
    String master,
    int slots,
    List<MemoryUse> memory,
    RecipePlan.FrozenWeights frozen,
    BaseHolding held,
    TrainedWeights weights,
    Instant started,
    Instant finished,
    List<String> quarantined,
    List<SamplePrediction> samples) {

  FinishedRun {
    steps = List.copyOf(steps);
    executors = List.copyOf(executors);
    memory = List.copyOf(memory);
    quarantined = List.copyOf(quarantined);
    samples = List.copyOf(samples);
  }

  /**
   * Peak memory of the host that held most, over all processes of the run on it, in bytes; 0 if
   * none was measured.
   */
  long peakMemoryBytes() {
    return HostMemory.fullest(memory).map(HostMemory::peakBytes).orElse(0L);
  }

  /** What of that peak came on top of the loaded libraries, on the same host, in bytes. */
  long memoryAboveIdleBytes() {
    return HostMemory.fullest(memory).map(HostMemory::aboveIdleBytes).orElse(0L);
  }

  /** Labels trained on a second, over the steps alone: examples, or target tokens. */
  double labelsPerSecond() {
    double seconds = steps.stream().mapToDouble(step -> step.times().step()).sum();
    double labels = steps.stream().mapToDouble(step -> (double) step.targetTokens()).sum();
    return seconds > 0 ? labels / seconds : 0;
  }
}
