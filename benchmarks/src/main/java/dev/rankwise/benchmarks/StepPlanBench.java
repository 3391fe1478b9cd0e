package dev.rankwise.benchmarks;

import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.plan.PlannedStep;
import dev.rankwise.pipeline.plan.StepPlan;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Planning all steps of an epoch: who sees what, in which group and micro-batch. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class StepPlanBench {

  /** Examples of the data. */
  @Param({"8000", "100000"})
  public int examples;

  private StepPlan plan;

  /** Draws the lengths. */
  @Setup
  public void draw() {
    SplittableRandom random = new SplittableRandom(1);
    int[] lengths = new int[examples];
    for (int i = 0; i < examples; i++) {
      lengths[i] = random.nextInt(5, 64);
    }
    plan =
        new StepPlan(
            lengths, new PlanSettings(0, 32, 8, 2048, 1.0, PlanSettings.UNLIMITED, LastStep.DROP));
  }

  /** The steps of the first epoch. */
  @Benchmark
  public List<PlannedStep> epoch() {
    return plan.epoch(0);
  }
}
