package dev.rankwise.pipeline.executor;

import dev.rankwise.models.generation.Generator;
import dev.rankwise.models.network.GradientPass.Denominators;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.Replica.TargetScores;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.random.DropoutKey;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.util.List;

/** A resident model with one vector of trainable parameters in place; safe for several threads. */
public interface LoadedParameters extends AutoCloseable {

  /**
   * The gradient of {@code Σ loss(label) / denominator} over all micro-batches, each computed by
   * itself and added in order.
   */
  GroupSum gradient(List<TokenBatch> microBatches, double denominator);

  /**
   * The same, as training computes it: with what the adapter draws, where it draws anything, and
   * with the further terms of the loss.
   *
   * @param denominators those of the step
   * @param first names the first of the micro-batches; the others follow it
   */
  default GroupSum gradient(
      List<TokenBatch> microBatches, Denominators denominators, DropoutKey first) {
    return gradient(microBatches, denominators.labels());
  }

  /**
   * The class scores of each sequence, (sequences, classes); or of a decoder the scores of the
   * token after each, (tokens, vocabulary).
   */
  float[][] logits(TokenBatch batch);

  /** Of a decoder, how well the targets of a micro-batch are predicted. */
  TargetScores targetScores(TokenBatch batch);

  /**
   * Of a decoder, what lets it go on after prompts; not to be used once this is closed.
   *
   * @param tokenizer spells its tokens
   * @param task their task, counted from 0, or {@link TokenBatch#NO_TASK}
   */
  Generator generator(Tokenizer tokenizer, int task);

  @Override
  void close();
}
