package dev.rankwise.pipeline.model;

import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.pipeline.executor.LoadedParameters;
import dev.rankwise.pipeline.executor.ResidentModel;
import java.util.List;

/** A replica as the engine sees it. */
final class ReplicaModel implements ResidentModel {
  private final Replica replica;

  ReplicaModel(Replica replica) {
    this.replica = replica;
  }

  @Override
  public LoadedParameters load(float[] theta) {
    return new Loaded(replica, replica.parameters(theta));
  }

  @Override
  public void close() {
    replica.close();
  }

  /** The replica with one vector of parameters. */
  private record Loaded(Replica replica, Parameters parameters) implements LoadedParameters {

    @Override
    public GroupSum gradient(List<TokenBatch> microBatches, double denominator) {
      try (GradientPass pass = replica.gradientPass(parameters)) {
        microBatches.forEach(batch -> pass.add(batch, denominator));
        return pass.finish();
      }
    }

    @Override
    public float[][] logits(TokenBatch batch) {
      return replica.logits(parameters, batch);
    }

    @Override
    public void close() {
      parameters.close();
    }
  }
}
