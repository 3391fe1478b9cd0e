package dev.rankwise.datasets.prepare;

import dev.rankwise.models.tokenizer.AddedToken;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.TextEncoding;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** A tokenizer whose result a test can work out: one id a word, between a first and a last id. */
public final class WordTokenizer implements Tokenizer {
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
  public TextEncoding encode(String text, SpecialTokens special) {
    List<MatchResult> words = Pattern.compile("\\S+").matcher(text).results().toList();
    int around = special == SpecialTokens.INCLUDED ? 1 : 0;
    int[] whole = encode(text, words.size() + 2);
    int[] ids = Arrays.copyOfRange(whole, 1 - around, whole.length - 1 + around);
    int[] starts = new int[ids.length];
    int[] ends = new int[ids.length];
    boolean[] inserted = new boolean[ids.length];
    for (int i = 0; i < words.size(); i++) {
      starts[i + around] = words.get(i).start();
      ends[i + around] = words.get(i).end();
    }
    if (around == 1) {
      inserted[0] = true;
      inserted[ids.length - 1] = true;
      starts[ids.length - 1] = ends[ids.length - 2];
      ends[ids.length - 1] = ends[ids.length - 2];
    }
    return new TextEncoding(ids, starts, ends, inserted);
  }

  @Override
  public String decode(int[] ids, SpecialTokens special) {
    return String.join(" ", tokens(ids));
  }

  @Override
  public OptionalInt id(String token) {
    return token.matches("w[0-9]{1,3}")
        ? OptionalInt.of(Integer.parseInt(token.substring(1)))
        : OptionalInt.empty();
  }

  @Override
  public List<AddedToken> addedTokens() {
    return List.of(new AddedToken(FIRST, "w1", true), new AddedToken(LAST, "w2", true));
  }

  @Override
  public int highestId() {
    return VOCABULARY - 1;
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
