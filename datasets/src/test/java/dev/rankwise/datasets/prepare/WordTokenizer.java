package dev.rankwise.datasets.prepare;

import dev.rankwise.models.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.stream.IntStream;

/** A tokenizer whose result a test can work out: one id a word, between a first and a last id. */
final class WordTokenizer implements Tokenizer {
  static final int FIRST = 1;
  static final int LAST = 2;
  private static final int VOCABULARY = 1_000;

  @Override
  public int[] encode(String text, int maximumTokens) {
    int[] words =
        Arrays.stream(text.strip().split("\\s+"))
            .mapToInt(word -> LAST + 1 + Math.floorMod(word.hashCode(), VOCABULARY - LAST - 1))
            .limit(maximumTokens - 2L)
            .toArray();
    return IntStream.concat(
            IntStream.concat(IntStream.of(FIRST), Arrays.stream(words)), IntStream.of(LAST))
        .toArray();
  }

  @Override
  public String[] tokens(int[] ids) {
    return Arrays.stream(ids).mapToObj(id -> "w" + id).toArray(String[]::new);
  }

  @Override
  public int vocabularySize() {
    return VOCABULARY;
  }

  @Override
  public String sha256() {
    return "0".repeat(64);
  }

  @Override
  public void close() {}

  /** Opens a {@link WordTokenizer} on an executor. */
  static final class Source implements TokenizerSource {
    private static final long serialVersionUID = 1L;

    @Override
    public Tokenizer open() {
      return new WordTokenizer();
    }

    @Override
    public String key() {
      return "words";
    }

    @Override
    public String baseSha256() {
      return "1".repeat(64);
    }
  }
}
