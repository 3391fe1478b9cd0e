package dev.rankwise.models.tokenizer;

import java.util.Arrays;

/**
 * The tokens of one text, each with the characters it stands for.
 *
 * <p>Characters are counted in UTF-16 units of the text as it was handed in, so that {@code
 * text.substring(start(i), end(i))} is what token i stands for, whatever a normaliser made of it:
 * one more unit than code points for each character beyond U+FFFF. Where a character falls apart
 * into several tokens, each of them stands for the whole character. Blanks around a word belong to
 * its token or to none, as the file's post-processor says.
 */
public final class TextEncoding {
  private final int[] ids;
  private final int[] starts;
  private final int[] ends;
  private final boolean[] inserted;

  /**
   * An encoding.
   *
   * @param ids ids in order
   * @param starts first character of each token
   * @param ends the place after the last character of each token
   * @param inserted whether the token was put around the text and stands for none of it
   */
  public TextEncoding(int[] ids, int[] starts, int[] ends, boolean[] inserted) {
    if (starts.length != ids.length || ends.length != ids.length || inserted.length != ids.length) {
      throw new IllegalArgumentException("Lists of different lengths");
    }
    this.ids = ids.clone();
    this.starts = starts.clone();
    this.ends = ends.clone();
    this.inserted = inserted.clone();
  }

  /** Number of tokens. */
  public int length() {
    return ids.length;
  }

  /** The ids. */
  public int[] ids() {
    return ids.clone();
  }

  /** The id of token {@code index}. */
  public int id(int index) {
    return ids[index];
  }

  /** Where token {@code index} starts in the text, in UTF-16 units. */
  public int start(int index) {
    return starts[index];
  }

  /**
   * Where token {@code index} ends: the place after its last UTF-16 unit. A token that stands for
   * no text ends where it starts, where the token before it ends.
   */
  public int end(int index) {
    return ends[index];
  }

  /**
   * Whether token {@code index} was put around the text by the post-processor. A special token that
   * the text itself spells out was not.
   */
  public boolean isInserted(int index) {
    return inserted[index];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TextEncoding that
        && Arrays.equals(ids, that.ids)
        && Arrays.equals(starts, that.starts)
        && Arrays.equals(ends, that.ends)
        && Arrays.equals(inserted, that.inserted);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ids);
  }

  @Override
  public String toString() {
    return ids.length + " tokens";
  }
}
