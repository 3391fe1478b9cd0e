package dev.rankwise.models.tokenizer.bpe;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts texts as GPT-2 does, into stretches that no token crosses: English endings such as {@code
 * 's}, then letters, digits or other characters, each with a blank before it, and blanks.
 */
final class PreTokens {
  private static final Pattern STRETCH =
      Pattern.compile(
          "'(?:s|t|re|ve|m|ll|d)"
              + "| ?\\p{L}++"
              + "| ?\\p{N}++"
              + "| ?[^\\s\\p{L}\\p{N}]++"
              + "|\\s+(?!\\S)"
              + "|\\s++",
          Pattern.UNICODE_CHARACTER_CLASS);

  private PreTokens() {}

  /** Hands over each stretch of {@code text}, its bytes spelt as letters. */
  static void forEach(String text, Consumer<String> use) {
    Matcher stretches = STRETCH.matcher(text);
    while (stretches.find()) {
      use.accept(spelt(stretches.group()));
    }
  }

  /** How many stretches {@code text} is cut into. */
  static long count(String text) {
    return STRETCH.matcher(text).results().count();
  }

  private static String spelt(String stretch) {
    byte[] bytes = stretch.getBytes(StandardCharsets.UTF_8);
    char[] letters = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      letters[i] = ByteLetters.of(Byte.toUnsignedInt(bytes[i]));
    }
    return new String(letters);
  }
}
