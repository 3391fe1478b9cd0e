package dev.rankwise.benchmarks;

import dev.rankwise.pipeline.plan.MicroBatch;
import dev.rankwise.pipeline.plan.PlannedGroup;
import dev.rankwise.pipeline.plan.PlannedStep;
import dev.rankwise.pipeline.reduce.DriverReducer;
import dev.rankwise.pipeline.reduce.GroupGradient;
import dev.rankwise.pipeline.reduce.GroupTiming;
import dev.rankwise.pipeline.reduce.StepGradient;
import java.util.ArrayList;
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

/** Adding the groups of a step on the driver, checksums included. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ReduceBench {

  /** 0.5 million is the quick start's size with its head. */
  @Param({"500000", "5000000"})
  public int parameters;

  /** Groups of a step. */
  @Param({"2", "8"})
  public int groups;

  private DriverReducer reducer;
  private PlannedStep planned;
  private List<GroupGradient> results;

  /** Draws the gradients. */
  @Setup
  public void draw() {
    SplittableRandom random = new SplittableRandom(1);
    List<PlannedGroup> plannedGroups = new ArrayList<>();
    results = new ArrayList<>();
    for (int group = 0; group < groups; group++) {
      float[] gradient = new float[parameters];
      for (int i = 0; i < parameters; i++) {
        gradient[i] = (float) random.nextDouble(-1e-3, 1e-3);
      }
      plannedGroups.add(new PlannedGroup(group, List.of(new MicroBatch(new int[] {group})), 10));
      results.add(GroupGradient.of(0, group, gradient, 1.0, 1, 10, new GroupTiming(0, 1)));
    }
    planned = new PlannedStep(0, plannedGroups);
    reducer = new DriverReducer(parameters);
  }

  /** The step's gradient. */
  @Benchmark
  public StepGradient sum() {
    return reducer.reduce(planned, results);
  }
}
