package dev.rankwise.pipeline.evaluate;

import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.pipeline.executor.GroupShard;
import dev.rankwise.pipeline.executor.GroupTask;
import dev.rankwise.pipeline.executor.HandedParameters;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.ParameterVersion;
import dev.rankwise.pipeline.executor.ReplicaHolder;

/** Predicts the examples of one group, without gradients. */
final class PredictionTask implements GroupTask<GroupPredictions> {
  private static final long serialVersionUID = 1L;

  private final ModelSource source;
  private final ParameterVersion version;
  private final HandedParameters theta;

  PredictionTask(ModelSource source, ParameterVersion version, HandedParameters theta) {
    this.source = source;
    this.version = version;
    this.theta = theta;
  }

  @Override
  public GroupPredictions compute(GroupShard shard) {
    int[] positions = shard.positions(version.step());
    int[] truth = new int[positions.length];
    int[] predicted = new int[positions.length];
    double lossSum = 0;
    int next = 0;
    try (ReplicaHolder.Lease lease =
        ReplicaHolder.ofThisJvm().lease(source, version, theta::floats)) {
      for (TokenBatch batch : shard.microBatches(version.step())) {
        float[][] logits = lease.parameters().logits(batch);
        for (int i = 0; i < logits.length; i++) {
          truth[next] = batch.labels()[i];
          predicted[next] = ClassScores.argmax(logits[i]);
          lossSum += ClassScores.crossEntropy(logits[i], batch.labels()[i]);
          next++;
        }
      }
    }
    return new GroupPredictions(positions, truth, predicted, lossSum);
  }
}
