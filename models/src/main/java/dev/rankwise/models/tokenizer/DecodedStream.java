package dev.rankwise.models.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Text of ids that arrive one by one. What was given out never changes: the pieces, put together,
 * are the text of all ids ({@link Tokenizer#decode}).
 *
 * <p>A token may hold a part of a character only. Such a part decodes to U+FFFD at the end of the
 * text, one for the character or, in tokenizers that spell bytes out, one for each of its bytes.
 * All U+FFFD at the end are held back until the tokens that follow settle them, or {@link #finish}
 * gives them out as they are. Tokens are decoded together with those of the characters before them,
 * because decoders strip or add blanks at the start of a text.
 *
 * <p>Where a tokenizer spells bytes out and what follows makes bytes invalid that were valid
 * before, the new tokens are decoded by themselves. For one thread.
 */
public final class DecodedStream {
  private static final char UNKNOWN = '\ufffd';

  private final Tokenizer tokenizer;
  private final SpecialTokens special;

  /** Ids of the last whole characters, then those that came after them. */
  private final List<Integer> ids = new ArrayList<>();

  private int settled;
  private String given = "";

  /**
   * An empty stream.
   *
   * @param tokenizer decodes; must stay open
   * @param special whether special tokens are spelt out
   */
  public DecodedStream(Tokenizer tokenizer, SpecialTokens special) {
    this.tokenizer = Objects.requireNonNull(tokenizer, "tokenizer");
    this.special = Objects.requireNonNull(special, "special");
  }

  /** Takes one more id; returns the text that it settles, possibly empty. */
  public String add(int id) {
    ids.add(id);
    String text = decoded(0);
    int whole = text.length() - trailingUnknown(text);
    if (whole == text.length()) {
      String piece = piece(text);
      keepContext(text);
      return piece;
    }
    String piece = text.startsWith(given) && whole >= given.length() ? fresh(text, whole) : "";
    given += piece;
    return piece;
  }

  /** The text that was held back; afterwards the stream is empty again. */
  public String finish() {
    String rest = piece(decoded(0));
    ids.clear();
    settled = 0;
    given = "";
    return rest;
  }

  private String fresh(String text, int end) {
    return text.substring(given.length(), end);
  }

  /** What is new in the text of all kept ids. */
  private String piece(String text) {
    return text.startsWith(given) ? fresh(text, text.length()) : decoded(settled);
  }

  /** Keeps the tokens since the last whole character as what the next ones are decoded after. */
  private void keepContext(String text) {
    if (text.equals(given)) {
      // Nothing was settled, as by a special token: what stands before it still counts.
      return;
    }
    ids.subList(0, settled).clear();
    settled = ids.size();
    given = decoded(0);
  }

  private String decoded(int from) {
    int[] window = ids.subList(from, ids.size()).stream().mapToInt(Integer::intValue).toArray();
    return tokenizer.decode(window, special);
  }

  private static int trailingUnknown(String text) {
    int count = 0;
    while (count < text.length() && text.charAt(text.length() - 1 - count) == UNKNOWN) {
      count++;
    }
    return count;
  }
}
