package dev.rankwise.pipeline;

import dev.rankwise.models.generation.Generator;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.Replica.TargetScores;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.pipeline.executor.LoadedParameters;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.ResidentModel;
import java.util.List;

/**
 * A model in plain Java: each example pulls all parameters towards a point that its tokens and
 * label name, {@code loss = ½ Σ_i (θ_i − c_i)²}. Its class scores are the first parameters times a
 * number that belongs to the tokens.
 *
 * @param key names the model
 * @param parameters number of parameters
 * @param fault what goes wrong
 */
public record QuadraticSource(String key, int parameters, Fault fault) implements ModelSource {
  private static final long serialVersionUID = 1L;

  /** Called while groups are computed; may throw, wait, or do nothing. */
  @FunctionalInterface
  public interface Fault extends java.io.Serializable {
    /** Before the micro-batches are computed. */
    void before(List<TokenBatch> microBatches);

    /** Before one of them is, those ahead of it being done. */
    default void amid(TokenBatch microBatch) {}

    /** When their sum is there, which nobody else has yet. */
    default void after(List<TokenBatch> microBatches) {}
  }

  /** A model without faults. */
  public static QuadraticSource of(String key, int parameters) {
    return new QuadraticSource(key, parameters, batches -> {});
  }

  @Override
  public ResidentModel open() {
    return new Model(this);
  }

  private record Model(QuadraticSource source) implements ResidentModel {
    @Override
    public LoadedParameters load(float[] theta) {
      return new Parameters(source, theta.clone());
    }

    @Override
    public void close() {}
  }

  private record Parameters(QuadraticSource source, float[] theta) implements LoadedParameters {

    @Override
    public GroupSum gradient(List<TokenBatch> microBatches, double denominator) {
      source.fault().before(microBatches);
      float[] gradient = new float[theta.length];
      double lossSum = 0;
      long examples = 0;
      long tokens = 0;
      float share = (float) (1 / denominator);
      for (TokenBatch batch : microBatches) {
        source.fault().amid(batch);
        for (int sequence = 0; sequence < batch.sequences(); sequence++) {
          float pull = pull(batch, sequence) + batch.labels()[sequence];
          double loss = 0;
          for (int i = 0; i < theta.length; i++) {
            float distance = theta[i] - pull * (1 + i % 7);
            gradient[i] += share * distance;
            loss += 0.5 * distance * distance;
          }
          lossSum += loss / denominator;
          examples++;
        }
        tokens += batch.tokens();
      }
      source.fault().after(microBatches);
      return new GroupSum(gradient, lossSum, examples, tokens);
    }

    @Override
    public Generator generator(Tokenizer tokenizer, int task) {
      throw new UnsupportedOperationException();
    }

    @Override
    public TargetScores targetScores(TokenBatch batch) {
      throw new UnsupportedOperationException();
    }

    @Override
    public float[][] logits(TokenBatch batch) {
      float[][] logits = new float[batch.sequences()][theta.length];
      for (int sequence = 0; sequence < batch.sequences(); sequence++) {
        for (int i = 0; i < theta.length; i++) {
          logits[sequence][i] = theta[i] * (batch.ids()[batch.offsets()[sequence]] % 5);
        }
      }
      return logits;
    }

    private static float pull(TokenBatch batch, int sequence) {
      int sum = 0;
      for (int i = batch.offsets()[sequence]; i < batch.offsets()[sequence + 1]; i++) {
        sum += batch.ids()[i];
      }
      return (float) StrictMath.sin(sum);
    }

    @Override
    public void close() {}
  }
}
