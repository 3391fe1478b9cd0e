package dev.rankwise.pipeline.train;

import dev.rankwise.pipeline.checkpoint.Resumable;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import dev.rankwise.pipeline.guard.LossWatch;
import dev.rankwise.pipeline.guard.Quarantine;
import dev.rankwise.pipeline.guard.Safeguards;
import dev.rankwise.pipeline.optimizer.LearningRateSchedule;
import dev.rankwise.pipeline.optimizer.OptimizerState;
import dev.rankwise.pipeline.plan.PlannedStep;
import dev.rankwise.pipeline.plan.StepPlan;
import java.util.Comparator;
import java.util.List;

/**
 * All that a run remembers from one step to the next. What is not here can be computed again from
 * the examples, the settings and the model, so a run that gets it back goes on to the same bits.
 */
final class RunMemory implements Resumable {
  private static final String PARAMETERS = "parameters";
  private static final String FIRST = "optimizer.first";
  private static final String SECOND = "optimizer.second";
  private static final String UPDATES = "optimizer.updates";
  private static final String STEPS = "steps";
  private static final String ENDED = "ended";
  private static final String RATE_FACTOR = "rate-factor";
  private static final String TOTALS = "totals";
  private static final String SELECTION = "selection";
  private static final String HOOK = "hook";
  private static final String WATCH = "loss-watch";
  private static final String QUARANTINE = "quarantine";

  private final Selection selection;
  private final UpdateHook hook;
  private final LossWatch watch;
  private final Quarantine quarantine;
  private final RunTotals totals = new RunTotals();
  private float[] theta;
  private OptimizerState optimizer;
  private int steps;
  private boolean ended;
  private double rateFactor = 1;

  /**
   * The memory before the first step.
   *
   * @param initial the parameters to start from, (parameters)
   */
  RunMemory(float[] initial, Selection selection, UpdateHook hook, Safeguards safeguards) {
    this.theta = initial.clone();
    this.optimizer = OptimizerState.fresh(initial.length);
    this.selection = selection;
    this.hook = hook;
    this.watch = new LossWatch(safeguards.maximumLossRatio());
    this.quarantine = new Quarantine(safeguards.mostQuarantined());
  }

  /** The parameters, changed in place by each step. */
  float[] theta() {
    return theta;
  }

  /** The optimizer's moments, changed in place by each update. */
  OptimizerState optimizer() {
    return optimizer;
  }

  /** Number of steps that were done: the plan's cursor. */
  int steps() {
    return steps;
  }

  /** The epoch in which the next step begins; one past the last if there is none. */
  int epoch(StepPlan plan) {
    return steps < plan.steps() ? plan.epochOf(steps) : plan.epochs();
  }

  /** Those of the plan's steps that are not done. */
  List<PlannedStep> left(List<PlannedStep> planned) {
    return planned.stream().filter(step -> step.index() >= steps).toList();
  }

  /** What is left out of all steps. */
  Quarantine quarantine() {
    return quarantine;
  }

  /** What the schedule's learning rate is multiplied by. */
  double rateFactor() {
    return rateFactor;
  }

  /** From the next step on the learning rate is this many times what it was. */
  void multiplyRate(double factor) {
    rateFactor *= factor;
  }

  /**
   * Counts a step, and asks whether the run goes on.
   *
   * @throws dev.rankwise.models.failure.TrainingStoppedException if its loss has run away
   */
  void stepEnded(StepMetrics metrics) {
    watch.stepEnded(metrics.step(), metrics.loss());
    steps = metrics.step();
    totals.add(metrics);
    ended = !selection.goesOn(steps, theta);
  }

  /** Whether nothing more is to be learnt: the selection ended the run, perhaps early. */
  boolean hasEnded() {
    return ended;
  }

  /** Whether nothing is left to do. */
  boolean isOver(StepPlan plan) {
    return ended || steps >= plan.steps();
  }

  TrainingResult result(LearningRateSchedule schedule) {
    float[] chosen = selection.chosen(steps, theta);
    return totals.result(
        chosen,
        steps,
        moves(schedule),
        optimizer.untouched(),
        selection.measured(),
        quarantine.positions());
  }

  /** Any step of which the gradient was not used may be one of those that are counted. */
  private int moves(LearningRateSchedule schedule) {
    int behind =
        selection.measured().stream()
            .min(Comparator.comparingDouble(HeldOutLoss::loss))
            .map(HeldOutLoss::step)
            .orElse(steps);
    int moves = 0;
    for (int step = 0; step < behind; step++) {
      moves += schedule.factor(step) > 0 ? 1 : 0;
    }
    return Math.max(0, moves - (steps - optimizer.updates()));
  }

  @Override
  public Snapshot state() {
    return Snapshot.empty()
        .with(PARAMETERS, theta.clone())
        .with(FIRST, optimizer.first())
        .with(SECOND, optimizer.second())
        .with(UPDATES, optimizer.updates())
        .with(STEPS, steps)
        .with(ENDED, ended)
        .with(RATE_FACTOR, rateFactor)
        .with(TOTALS, totals.state())
        .with(SELECTION, selection.state())
        .with(HOOK, hook.state())
        .with(WATCH, watch.state())
        .with(QUARANTINE, quarantine.state());
  }

  @Override
  public void restore(Snapshot state) {
    int size = theta.length;
    theta = state.vector(PARAMETERS, size).clone();
    optimizer =
        OptimizerState.restored(
            state.vector(FIRST, size), state.vector(SECOND, size), state.whole(UPDATES));
    steps = state.whole(STEPS);
    ended = state.truth(ENDED);
    rateFactor = state.number(RATE_FACTOR);
    totals.restore(state.part(TOTALS));
    selection.restore(state.part(SELECTION));
    hook.restore(state.part(HOOK));
    watch.restore(state.part(WATCH));
    quarantine.restore(state.part(QUARANTINE));
  }
}
