package dev.rankwise.datasets.source;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** UTF-8 without replacement characters: what is not valid is reported, never mended. */
public final class StrictUtf8 {
  private StrictUtf8() {}

  /** The text that {@code bytes} spell, or nothing where they are not UTF-8. */
  public static Optional<String> decode(byte[] bytes) {
    try {
      CharBuffer text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes));
      return Optional.of(text.toString());
    } catch (CharacterCodingException invalid) {
      return Optional.empty();
    }
  }

  /**
   * Whether a text holds a control character that is no white space: U+0000 to U+001F but for tab,
   * line feed, vertical tab, form feed and carriage return. They come from programs and broken
   * files, and no tokenizer was trained on them. Those from U+0080 on are left alone: texts of the
   * web hold them in place of quotation marks.
   */
  public static boolean hasControls(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' && (c < '\t' || c > '\r')) {
        return true;
      }
    }
    return false;
  }

  /** The bytes of {@code text}, or nothing where it holds half a surrogate pair. */
  public static Optional<byte[]> encode(String text) {
    try {
      ByteBuffer bytes =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .encode(CharBuffer.wrap(text));
      byte[] encoded = new byte[bytes.remaining()];
      bytes.get(encoded);
      return Optional.of(encoded);
    } catch (CharacterCodingException invalid) {
      return Optional.empty();
    }
  }
}
