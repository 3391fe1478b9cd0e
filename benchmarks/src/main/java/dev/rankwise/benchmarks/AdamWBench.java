package dev.rankwise.benchmarks;

import dev.rankwise.pipeline.optimizer.AdamW;
import dev.rankwise.pipeline.optimizer.AdamWSettings;
import dev.rankwise.pipeline.optimizer.OptimizerState;
import dev.rankwise.pipeline.optimizer.ParameterGroup;
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

/** One AdamW update of the whole flat vector. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class AdamWBench {

  /** 0.5 million is the quick start's size with its head. */
  @Param({"500000", "5000000"})
  public int parameters;

  private AdamW optimizer;
  private OptimizerState state;
  private float[] theta;
  private float[] gradient;

  /** Draws parameters and gradient. */
  @Setup
  public void draw() {
    SplittableRandom random = new SplittableRandom(1);
    theta = new float[parameters];
    gradient = new float[parameters];
    for (int i = 0; i < parameters; i++) {
      theta[i] = (float) random.nextDouble(-0.1, 0.1);
      gradient[i] = (float) random.nextDouble(-1e-3, 1e-3);
    }
    state = OptimizerState.fresh(parameters);
    optimizer =
        new AdamW(
            AdamWSettings.defaults(),
            List.of(new ParameterGroup(0, parameters, 1.0, 0.01)),
            parameters);
  }

  /** The parameters after one more update. */
  @Benchmark
  public float[] update() {
    optimizer.update(theta, gradient, state, 1e-6);
    return theta;
  }
}
