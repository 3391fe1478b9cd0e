package dev.rankwise.models.tokenizer.bpe;

import dev.rankwise.models.failure.DataException;
import java.util.Objects;
import java.util.SortedMap;

/**
 * Learns a byte-level BPE vocabulary from texts (Sennrich et al. 2016, section 3.2, over bytes as
 * in GPT-2).
 *
 * <p>Texts are cut into stretches by GPT-2's pattern, stretches into bytes. Then, until the
 * vocabulary is full, the pair of neighbouring tokens that occurs most often becomes a token; of
 * pairs that occur equally often the one whose first token, then second token, has the lower id.
 * The result depends on how often each stretch occurs and on nothing else: not on the order of the
 * texts.
 */
public final class BpeTrainer {
  private final BpeSettings settings;

  /** A trainer of such vocabularies. */
  public BpeTrainer(BpeSettings settings) {
    this.settings = Objects.requireNonNull(settings, "settings");
  }

  /**
   * The vocabulary of the texts that were counted.
   *
   * @throws DataException if there was no text
   */
  public BpeVocabulary train(StretchCounts texts) {
    SortedMap<String, Long> stretches = texts.sorted();
    if (stretches.isEmpty()) {
      throw new DataException(
          "Cannot train a tokenizer: the texts are empty; name data that holds text");
    }
    BpeVocabulary.Growing vocabulary = new BpeVocabulary.Growing(settings);
    PairCounts pairs = new PairCounts();
    stretches.forEach((stretch, count) -> pairs.add(vocabulary.letters(stretch), count));
    while (vocabulary.size() < settings.vocabularySize()) {
      long pair = pairs.mostFrequent();
      if (pair == PairCounts.NONE || pairs.count(pair) < settings.minimumCount()) {
        break;
      }
      int left = PairCounts.left(pair);
      int right = PairCounts.right(pair);
      pairs.merge(pair, vocabulary.merge(left, right));
    }
    return vocabulary.grown();
  }
}
