package dev.rankwise.jobs.text;

import java.util.List;

/** Tokens put together again for people: not the row's own spelling, but what the model reads. */
public final class ReadableTokens {
  private static final String WORD_PIECE = "##";
  private static final String BYTE_SPACE = "\u0120";
  private static final List<String> FRAMES = List.of("[CLS]", "[SEP]", "<s>", "</s>");

  private ReadableTokens() {}

  /** The text, without the tokens that frame a sequence. */
  public static String text(String[] tokens) {
    StringBuilder text = new StringBuilder();
    for (String token : tokens) {
      if (isFrame(token)) {
        continue;
      }
      if (token.startsWith(WORD_PIECE)) {
        text.append(token.substring(WORD_PIECE.length()));
      } else if (token.startsWith(BYTE_SPACE)) {
        text.append(' ').append(token.substring(BYTE_SPACE.length()));
      } else {
        text.append(text.isEmpty() || isPunctuation(token) ? "" : " ").append(token);
      }
    }
    return text.toString().strip();
  }

  /** Whether a token frames a sequence instead of standing for text. */
  public static boolean isFrame(String token) {
    return FRAMES.contains(token);
  }

  private static boolean isPunctuation(String token) {
    return token.length() == 1 && ".,;:!?)".contains(token);
  }
}
