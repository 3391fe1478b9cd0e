package dev.rankwise.pipeline.train;

import dev.rankwise.datasets.spark.NamedJobs;
import dev.rankwise.models.network.GradientPass.Denominators;
import dev.rankwise.pipeline.executor.GradientTask;
import dev.rankwise.pipeline.executor.GroupShards;
import dev.rankwise.pipeline.executor.HandedParameters;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.ParameterVersion;
import dev.rankwise.pipeline.optimizer.ParameterGroup;
import dev.rankwise.pipeline.plan.PlannedStep;
import dev.rankwise.pipeline.plan.StepPlan;
import dev.rankwise.pipeline.reduce.DriverReducer;
import dev.rankwise.pipeline.reduce.GroupGradient;
import dev.rankwise.pipeline.reduce.StepGradient;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The training loop: plan, then for each step parameters out, gradients back, sum, clip, update.
 *
 * <p>Executors compute; everything that lasts from step to step lives here. The result is a
 * function of the examples, the settings, the model and the initial parameters: the same bytes for
 * any number of executors, wherever the groups run and however often one is computed again.
 *
 * @param spark where the executors are
 * @param settings order, batch, optimizer and schedule
 * @param source the model that executors open
 * @param parameterGroups learning rates and weight decays; together they cover all parameters
 * @param listener hears of every step
 * @param clock measures; it has no influence on the result
 */
public record Trainer(
    JavaSparkContext spark,
    TrainingSettings settings,
    ModelSource source,
    List<ParameterGroup> parameterGroups,
    StepListener listener,
    Clock clock) {

  /** Trains from the beginning, or from where an interrupted run had got to. */
  public TrainingResult train(TrainingRun run) {
    SparkDefaults.checkResultSize(spark.getConf(), settings.plan().groups(), run.initial().length);
    StepPlan plan = new StepPlan(run.data().lengths(), settings.plan());
    RunMemory memory =
        new RunMemory(run.initial(), run.selection(), run.hook(), settings.safeguards());
    run.checkpoints().reached(plan.steps()).ifPresent(memory::restore);
    listener.beginning(memory.steps(), plan.steps());
    try (Loop loop = new Loop(run, plan, memory)) {
      loop.saveIfDue();
      while (!memory.isOver(plan)) {
        loop.epoch(memory.left(plan.epoch(memory.epoch(plan))));
      }
      return memory.result(settings.schedule(plan.steps()));
    }
  }

  /** One run on its way. */
  private final class Loop implements AutoCloseable {
    private final TrainingRun run;
    private final StepPlan plan;
    private final RunMemory memory;
    private final ParameterUpdate update;
    private final StepJobs jobs;
    private final ParameterHandouts handouts = new ParameterHandouts(spark);
    private final NamedJobs named = NamedJobs.of(spark.sc(), "training step");

    Loop(TrainingRun run, StepPlan plan, RunMemory memory) {
      this.run = run;
      this.plan = plan;
      this.memory = memory;
      this.update = ParameterUpdate.of(settings, parameterGroups, plan.steps(), run);
      this.jobs = new StepJobs(spark, run, plan.groups(), memory, listener);
    }

    /** The steps that are left of an epoch, or those up to one that examples are left out of. */
    void epoch(List<PlannedStep> left) {
      List<PlannedStep> steps = memory.quarantine().without(left, run.data().lengths());
      try (GroupShards shards = jobs.shards(steps)) {
        for (PlannedStep step : steps) {
          Optional<StepMetrics> metrics = step(step, shards);
          if (metrics.isEmpty()) {
            return;
          }
          listener.stepEnded(metrics.get());
          memory.stepEnded(metrics.get());
          saveIfDue();
          if (memory.hasEnded()) {
            return;
          }
        }
      }
    }

    void saveIfDue() {
      if (run.checkpoints().isDue(memory.steps()) || memory.isOver(plan)) {
        listener.checkpointing();
        run.checkpoints().save(memory.steps(), memory.state());
      }
    }

    private Optional<StepMetrics> step(PlannedStep step, GroupShards shards) {
      StepWatch watch = StepWatch.start(clock);
      named.now("training step %s of %s".formatted(step.index() + 1, plan.steps()));
      float[] handedOut = run.hook().handedOut(memory.theta());
      HandedParameters parameters = handouts.next(handedOut);
      watch.lap();
      long labels = step.targets(run.data().targets());
      GradientTask task =
          new GradientTask(
              run.hook().source(source),
              new ParameterVersion(run.name(), step.index()),
              parameters,
              new Denominators(labels, step.microBatches()),
              settings.plan().seed(),
              clock);
      List<GroupGradient> groups = jobs.computed(task, step, shards);
      if (groups.isEmpty()) {
        return Optional.empty();
      }
      watch.lap();
      StepGradient gradient = new DriverReducer(handedOut.length).reduce(step, groups);
      watch.lap();
      ParameterUpdate.Outcome outcome = update.by(gradient, step.index(), memory);
      watch.lap();
      StepTimes times = watch.times(groups, spark.defaultParallelism());
      Map<String, Double> figures = run.hook().figures(gradient.asides());
      return Optional.of(StepMetrics.of(step, plan, labels, gradient, outcome, figures, times));
    }

    @Override
    public void close() {
      handouts.close();
      named.close();
    }
  }
}
