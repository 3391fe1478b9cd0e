package dev.rankwise.models.tokenizer.bpe;

import dev.rankwise.models.failure.DataException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Learns a byte-level BPE vocabulary from texts (Sennrich et al. 2016, section 3.2, over bytes as
 * in GPT-2).
 *
 * <p>Texts are cut into stretches by GPT-2's pattern, stretches into bytes. Then, until the
 * vocabulary is full, the pair of neighbouring tokens that occurs most often becomes a token; of
 * pairs that occur equally often the one whose first token, then second token, has the lower id.
 * The result depends on how often each stretch occurs and on nothing else: not on the order of the
 * texts.
 *
 * <p>For one thread.
 */
public final class BpeTrainer {
  private final BpeSettings settings;
  private final Map<String, Long> stretches = new HashMap<>();

  /** A trainer that has seen no text. */
  public BpeTrainer(BpeSettings settings) {
    this.settings = Objects.requireNonNull(settings, "settings");
  }

  /** Counts the stretches of one text; special tokens in it are text like any other. */
  public void add(String text) {
    PreTokens.forEach(text, stretch -> stretches.merge(stretch, 1L, Long::sum));
  }

  /**
   * The vocabulary of all texts so far.
   *
   * @throws DataException if there was no text
   */
  public BpeVocabulary train() {
    if (stretches.isEmpty()) {
      throw new DataException(
          "Cannot train a tokenizer: the texts are empty; name data that holds text");
    }
    BpeVocabulary.Growing vocabulary = new BpeVocabulary.Growing(settings);
    PairCounts pairs = new PairCounts();
    new TreeMap<>(stretches)
        .forEach((stretch, count) -> pairs.add(vocabulary.letters(stretch), count));
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
