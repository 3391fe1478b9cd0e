package dev.rankwise.pipeline.evaluate;

import dev.rankwise.models.network.Replica.TargetScores;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.pipeline.executor.GroupShard;
import dev.rankwise.pipeline.executor.GroupTask;
import dev.rankwise.pipeline.executor.HandedParameters;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.ParameterVersion;
import dev.rankwise.pipeline.executor.ReplicaHolder;

/** Scores the target tokens of one group, without gradients. */
final class TargetTask implements GroupTask<TargetScores> {
  private static final long serialVersionUID = 1L;

  private final ModelSource source;
  private final ParameterVersion version;
  private final HandedParameters theta;

  TargetTask(ModelSource source, ParameterVersion version, HandedParameters theta) {
    this.source = source;
    this.version = version;
    this.theta = theta;
  }

  @Override
  public TargetScores compute(GroupShard shard) {
    TargetScores sum = TargetScores.NONE;
    try (ReplicaHolder.Lease lease =
        ReplicaHolder.ofThisJvm().lease(source, version, theta::floats)) {
      for (TokenBatch batch : shard.microBatches(version.step())) {
        sum = sum.plus(lease.parameters().targetScores(batch));
      }
    }
    return sum;
  }
}
