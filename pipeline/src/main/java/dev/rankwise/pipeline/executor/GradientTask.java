package dev.rankwise.pipeline.executor;

import dev.rankwise.models.network.GradientPass.Denominators;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.random.DropoutKey;
import dev.rankwise.pipeline.reduce.GroupGradient;
import dev.rankwise.pipeline.reduce.GroupTiming;
import java.time.Clock;
import java.util.List;

/**
 * One task of a step: the gradient of one group under the step's parameters.
 *
 * <p>The micro-batches are computed in plan order and added in that order. The result depends on
 * the shard, the parameters and the step alone, so Spark may run the task anywhere and again.
 */
public final class GradientTask implements GroupTask<GroupGradient> {
  private static final long serialVersionUID = 1L;

  /** What a group without examples adds. */
  private static final GroupSum NOTHING = new GroupSum(new float[0], 0, 0, 0);

  private final ModelSource source;
  private final ParameterVersion version;
  private final HandedParameters theta;
  private final Denominators denominators;
  private final long seed;
  private final Clock clock;

  /**
   * The task of one step.
   *
   * @param source the model
   * @param version names {@code theta}; its step is the step to compute
   * @param theta the step's parameters
   * @param denominators what terms of the loss are divided by: the numbers of the step's labels and
   *     of its micro-batches
   * @param seed the run's seed, from which dropout draws
   * @param clock times the task; travels with it
   */
  public GradientTask(
      ModelSource source,
      ParameterVersion version,
      HandedParameters theta,
      Denominators denominators,
      long seed,
      Clock clock) {
    this.source = source;
    this.version = version;
    this.theta = theta;
    this.denominators = denominators;
    this.seed = seed;
    this.clock = clock;
  }

  @Override
  public GroupGradient compute(GroupShard shard) {
    long started = GroupTiming.micros(clock);
    List<TokenBatch> batches = shard.microBatches(version.step());
    GroupSum sum = batches.isEmpty() ? NOTHING : sum(batches, shard);
    return GroupGradient.of(
        version.step(),
        shard.group(),
        sum.gradient(),
        sum.lossSum(),
        shard.examples(version.step()),
        sum.tokens(),
        sum.asides(),
        new GroupTiming(started, GroupTiming.micros(clock)));
  }

  private GroupSum sum(List<TokenBatch> batches, GroupShard shard) {
    int step = version.step();
    DropoutKey first = new DropoutKey(seed, step, shard.firstMicroBatch(step));
    try (ReplicaHolder.Lease lease =
        ReplicaHolder.ofThisJvm().lease(source, version, theta::floats)) {
      return lease.parameters().gradient(batches, denominators, first);
    }
  }
}
