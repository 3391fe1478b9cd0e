package dev.rankwise.pipeline.train;

import dev.rankwise.datasets.source.SparkFailures;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.GradientTask;
import dev.rankwise.pipeline.executor.GroupShards;
import dev.rankwise.pipeline.executor.HandedParameters;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.ParameterVersion;
import dev.rankwise.pipeline.optimizer.AdamW;
import dev.rankwise.pipeline.optimizer.LearningRateSchedule;
import dev.rankwise.pipeline.optimizer.OptimizerState;
import dev.rankwise.pipeline.optimizer.ParameterGroup;
import dev.rankwise.pipeline.plan.PlannedStep;
import dev.rankwise.pipeline.plan.StepPlan;
import dev.rankwise.pipeline.reduce.DriverReducer;
import dev.rankwise.pipeline.reduce.GlobalNormClip;
import dev.rankwise.pipeline.reduce.GroupGradient;
import dev.rankwise.pipeline.reduce.StepGradient;
import java.time.Clock;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The training loop: plan, then for each step parameters out, gradients back, sum, clip, update.
 *
 * <p>Executors compute; everything that lasts from step to step lives here. The result is a
 * function of the examples, the settings, the model and the initial parameters: the same bytes for
 * any number of executors, wherever the groups run and however often one is computed again.
 */
public final class Trainer {
  private final JavaSparkContext spark;
  private final TrainingSettings settings;
  private final ModelSource source;
  private final List<ParameterGroup> parameterGroups;
  private final StepListener listener;
  private final Clock clock;

  /**
   * A trainer.
   *
   * @param source the model that executors open
   * @param parameterGroups learning rates and weight decays; together they cover all parameters
   * @param listener hears of every step
   * @param clock measures; it has no influence on the result
   */
  public Trainer(
      JavaSparkContext spark,
      TrainingSettings settings,
      ModelSource source,
      List<ParameterGroup> parameterGroups,
      StepListener listener,
      Clock clock) {
    this.spark = spark;
    this.settings = settings;
    this.source = source;
    this.parameterGroups = List.copyOf(parameterGroups);
    this.listener = listener;
    this.clock = clock;
  }

  /** Trains by a method that has no part in the steps themselves. */
  public TrainingResult train(String run, ExampleSet data, float[] initial, Selection selection) {
    return train(run, data, initial, selection, UpdateHook.none());
  }

  /**
   * Trains.
   *
   * @param run names this run among all that the executors may hear of
   * @param initial the parameters to start from, (parameters)
   * @param selection says when the run ends early and which parameters it gives
   * @param hook the method's part in each step
   */
  public TrainingResult train(
      String run, ExampleSet data, float[] initial, Selection selection, UpdateHook hook) {
    SparkDefaults.checkResultSize(spark.getConf(), settings.plan().groups(), initial.length);
    StepPlan plan = new StepPlan(data.lengths(), settings.plan());
    SparkDefaults.name(spark, "training step");
    try (Loop loop = new Loop(run, plan, data.targets(), initial, hook)) {
      for (int epoch = 0; epoch < plan.epochs(); epoch++) {
        List<PlannedStep> steps = plan.epoch(epoch);
        try (GroupShards shards = GroupShards.of(spark, data, steps, plan.groups())) {
          for (PlannedStep step : steps) {
            if (!selection.goesOn(loop.step(step, shards), loop.theta)) {
              return loop.totals.result(loop.theta, selection);
            }
          }
        }
      }
      return loop.totals.result(loop.theta, selection);
    } finally {
      SparkDefaults.name(spark, null);
    }
  }

  /** One run on its way. */
  private final class Loop implements AutoCloseable {
    private final String run;
    private final StepPlan plan;
    private final int[] targets;
    private final long seed = settings.plan().seed();
    private final LearningRateSchedule schedule;
    private final UpdateHook hook;
    private final AdamW optimizer;
    private final OptimizerState state;
    private final float[] theta;
    private final ParameterHandouts handouts = new ParameterHandouts(spark);
    private final RunTotals totals = new RunTotals();

    Loop(String run, StepPlan plan, int[] targets, float[] initial, UpdateHook hook) {
      this.run = run;
      this.plan = plan;
      this.targets = targets;
      this.schedule = settings.schedule(plan.steps());
      this.hook = hook;
      this.optimizer = new AdamW(settings.optimizer(), parameterGroups, initial.length);
      this.state = OptimizerState.fresh(initial.length);
      this.theta = initial.clone();
    }

    int step(PlannedStep step, GroupShards shards) {
      StepWatch watch = StepWatch.start(clock);
      float[] handedOut = hook.handedOut(theta);
      HandedParameters parameters = handouts.next(handedOut);
      watch.lap();
      ParameterVersion version = new ParameterVersion(run, step.index());
      long labels = step.targets(targets);
      GradientTask task =
          new GradientTask(hook.source(source), version, parameters, labels, seed, clock);
      List<GroupGradient> groups =
          SparkFailures.running(
              "compute step " + step.index(), () -> shards.collect(task, GroupGradient.class));
      watch.lap();
      StepGradient sum = new DriverReducer(handedOut.length).reduce(step, groups);
      watch.lap();
      StepGradient gradient = sum.withGradient(hook.completed(theta, sum.gradient()));
      double norm = GlobalNormClip.norm(gradient.gradient());
      double rate = settings.learningRate() * schedule.factor(step.index());
      boolean updated = settings.policy().admits(gradient, norm);
      if (updated) {
        hook.updating(step.index(), theta, gradient.gradient());
        settings.clip().clip(gradient.gradient(), norm);
        optimizer.update(theta, gradient.gradient(), state, rate);
        hook.updated(step.index(), theta, gradient.gradient());
      }
      hook.ended(step.index(), theta);
      watch.lap();
      StepTimes times = watch.times(groups, spark.defaultParallelism());
      StepMetrics metrics =
          StepMetrics.of(step, plan, labels, gradient, norm, rate, updated, times);
      totals.add(metrics);
      listener.stepEnded(metrics);
      return metrics.step();
    }

    @Override
    public void close() {
      handouts.close();
    }
  }
}
