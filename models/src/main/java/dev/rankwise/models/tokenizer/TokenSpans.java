package dev.rankwise.models.tokenizer;

import ai.djl.huggingface.tokenizers.jni.CharSpan;

/** The native library's spans, which count code points, as spans of a Java text. */
final class TokenSpans {
  private TokenSpans() {}

  /**
   * An encoding with UTF-16 spans.
   *
   * @param text what was encoded
   * @param ids ids in order
   * @param spans span of each token in code points; null where it stands for no text
   * @param inserted 1 for tokens that the post-processor put around the text
   */
  static TextEncoding of(String text, int[] ids, CharSpan[] spans, long[] inserted) {
    int[] places = places(text);
    int[] starts = new int[ids.length];
    int[] ends = new int[ids.length];
    boolean[] flags = new boolean[ids.length];
    int reached = 0;
    for (int i = 0; i < ids.length; i++) {
      flags[i] = inserted[i] == 1;
      boolean textual = !flags[i] && spans[i] != null;
      starts[i] = textual ? places[spans[i].getStart()] : reached;
      ends[i] = textual ? places[spans[i].getEnd()] : reached;
      reached = ends[i];
    }
    return new TextEncoding(ids, starts, ends, flags);
  }

  /** Where each code point starts in UTF-16 units, then where the text ends. */
  private static int[] places(String text) {
    int[] places = new int[text.codePointCount(0, text.length()) + 1];
    int place = 0;
    for (int i = 0; i < places.length - 1; i++) {
      places[i] = place;
      place += Character.charCount(text.codePointAt(place));
    }
    places[places.length - 1] = place;
    return places;
  }
}
