package dev.rankwise.models.config;

import java.util.List;
import java.util.Optional;

/**
 * What the blocks of a causal decoder do beside what all blocks do.
 *
 * @param rotary how queries and keys are turned by their position; empty where positions come from
 *     a table
 * @param windows for each block how many tokens one attends to, itself and those before it; 0 for
 *     all
 * @param attentionScale what scores of queries and keys are multiplied by
 * @param attentionCap bound c of the scores, as {@code c·tanh(score/c)}; 0 for none
 * @param answerCap bound of the scores over the vocabulary, likewise; 0 for none
 * @param embeddingScale what the token vectors are multiplied by
 */
public record DecoderConfig(
    Optional<Rotary> rotary,
    List<Integer> windows,
    double attentionScale,
    double attentionCap,
    double answerCap,
    double embeddingScale) {

  public DecoderConfig {
    windows = List.copyOf(windows);
  }
}
