package dev.rankwise.models.tokenizer.bpe;

import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;

/**
 * What a byte-level BPE vocabulary shall be like.
 *
 * @param vocabularySize entries at most, special tokens and the 256 bytes included; fewer where the
 *     texts hold no further pair
 * @param minimumCount how often a pair must occur to be merged, from 1
 * @param end special token that ends a text, with id 0
 * @param padding special token that fills up a batch, with id 1. It is not {@code end}: labels at
 *     padding do not count, and a model that never learns from an end never ends
 * @param further special tokens with the ids that follow
 */
public record BpeSettings(
    int vocabularySize, long minimumCount, String end, String padding, List<String> further) {

  private static final int BYTES = 256;
  private static final int MAXIMUM_SIZE = 1 << 20;

  public BpeSettings {
    Objects.requireNonNull(end, "end");
    Objects.requireNonNull(padding, "padding");
    further = List.copyOf(further);
    int special = 2 + further.size();
    if (vocabularySize < BYTES + special || vocabularySize > MAXIMUM_SIZE) {
      throw new UserInputException(
          ("Invalid vocabulary size %s: 256 bytes and %s special tokens need a size from %s to"
                  + " %s; choose one of these")
              .formatted(vocabularySize, special, BYTES + special, MAXIMUM_SIZE));
    }
    if (minimumCount < 1) {
      throw new UserInputException(
          "Invalid minimum count %s: a pair is merged if it occurs; choose 1 or more"
              .formatted(minimumCount));
    }
    List<String> all = all(end, padding, further);
    if (new LinkedHashSet<>(all).size() < all.size()
        || all.stream().anyMatch(token -> PreTokens.count(token) < 2)) {
      throw new UserInputException(
          ("Invalid special tokens %s: each needs a spelling of its own, with letters and other"
                  + " characters so that no merge can give it, as in <|end|>; rename them")
              .formatted(all));
    }
  }

  /** A vocabulary of that size, with pairs that occur twice, and the usual special tokens. */
  public static BpeSettings of(int vocabularySize) {
    return new BpeSettings(vocabularySize, 2, "<|endoftext|>", "<|pad|>", List.of());
  }

  /** The same with special tokens beside {@code end} and {@code padding}. */
  public BpeSettings withFurther(List<String> tokens) {
    return new BpeSettings(vocabularySize, minimumCount, end, padding, tokens);
  }

  /** The same with another smallest count of a pair. */
  public BpeSettings withMinimumCount(long count) {
    return new BpeSettings(vocabularySize, count, end, padding, further);
  }

  /** All special tokens, by id. */
  public List<String> specialTokens() {
    return all(end, padding, further);
  }

  private static List<String> all(String end, String padding, List<String> further) {
    List<String> all = new ArrayList<>(List.of(end, padding));
    all.addAll(further);
    return List.copyOf(all);
  }
}
