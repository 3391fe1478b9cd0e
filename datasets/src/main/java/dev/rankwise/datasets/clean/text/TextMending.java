package dev.rankwise.datasets.clean.text;

import dev.rankwise.datasets.source.StrictUtf8;
import java.io.Serializable;
import java.nio.charset.Charset;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Mends the characters of a text, in this order: encodings mixed up, control characters, normal
 * form.
 *
 * @param encoding whether UTF-8 that was read as Windows-1252 is turned back
 * @param controls whether characters that show nothing are removed
 * @param form the normal form
 */
public record TextMending(Encoding encoding, Controls controls, Form form) implements Serializable {
  /** Leaves each text as it is. */
  public static final TextMending NONE = new TextMending(Encoding.AS_IS, Controls.KEPT, Form.AS_IS);

  private static final int MOST_REPAIRS = 3;
  private static final int FIRST_BEYOND_ASCII = 0x80;
  private static final int MOST_BYTE = 0xFF;
  private static final int UNMAPPED = -1;
  private static final int[] BYTE_OF = bytesOfWindows1252();

  private static final Pattern LINE_ENDS = Pattern.compile("\\r\\n?|\\u0085|\\u2028|\\u2029");

  /**
   * C0 and C1 without tab and line feed; soft hyphen; zero-width space, word joiner, byte order
   * mark; marks of direction, by which a text looks other than it reads; noncharacters. Joiners
   * (U+200C, U+200D) stay, since scripts and emoji are spelled with them.
   */
  private static final Pattern UNSEEN =
      Pattern.compile(
          "[\\x00-\\x08\\x0B-\\x1F\\x7F-\\x9F\\u00AD\\u200B\\u200E\\u200F\\u202A-\\u202E"
              + "\\u2060-\\u2064\\u2066-\\u206F\\uFEFF\\uFFF9-\\uFFFB\\uFFFE\\uFFFF\\uFDD0-\\uFDEF]");

  /** Letters that nobody sees and models read; a black flag with them is one of a region. */
  private static final Pattern TAGS =
      Pattern.compile(
          "(\\x{1F3F4}[\\x{E0020}-\\x{E007E}]{1,16}\\x{E007F})|[\\x{E0000}-\\x{E007F}]");

  public TextMending {
    Objects.requireNonNull(encoding, "encoding");
    Objects.requireNonNull(controls, "controls");
    Objects.requireNonNull(form, "form");
  }

  /** What becomes of encodings that were mixed up. */
  public enum Encoding {
    AS_IS,
    REPAIRED
  }

  /** What becomes of characters that show nothing. */
  public enum Controls {
    KEPT,
    REMOVED
  }

  /** A normal form of Unicode (UAX #15). */
  public enum Form {
    AS_IS,
    /** Canonical composition: what looks alike is spelled alike. */
    NFC,
    /** Compatibility composition: ligatures, full-width letters and the like become plain. */
    NFKC
  }

  /**
   * The text with encodings that were mixed up put right.
   *
   * <p>UTF-8 that a program took for Windows-1252 shows as {@code Ã©} for {@code é}. Such a text is
   * known by this: written in Windows-1252 it is, <em>as a whole</em>, valid UTF-8 with a character
   * beyond ASCII. Text that was never damaged passes that test only if each of its characters
   * beyond ASCII stands in a group that happens to spell UTF-8; one opening quote or one accent of
   * its own is enough to fail it. A text that is damaged in part is left alone. Repeated, up to
   * three times, for texts that were damaged again and again.
   */
  public String repaired(String text) {
    if (encoding == Encoding.AS_IS) {
      return text;
    }
    String mended = text;
    for (int round = 0; round < MOST_REPAIRS; round++) {
      Optional<String> before = readAsUtf8(mended);
      if (before.isEmpty()) {
        break;
      }
      mended = before.get();
    }
    return mended;
  }

  private static Optional<String> readAsUtf8(String text) {
    byte[] bytes = new byte[text.length()];
    boolean plain = true;
    for (int i = 0; i < bytes.length; i++) {
      char character = text.charAt(i);
      int code = character < BYTE_OF.length ? BYTE_OF[character] : UNMAPPED;
      if (code == UNMAPPED) {
        return Optional.empty();
      }
      plain &= code < FIRST_BEYOND_ASCII;
      bytes[i] = (byte) code;
    }
    return plain ? Optional.empty() : StrictUtf8.decode(bytes);
  }

  /** Byte by character. The five bytes that Windows-1252 leaves open stand for C1, as browsers. */
  private static int[] bytesOfWindows1252() {
    Charset windows = Charset.forName("windows-1252");
    int[] bytes = new int[Character.MAX_VALUE + 1];
    Arrays.fill(bytes, UNMAPPED);
    for (int code = 0; code <= MOST_BYTE; code++) {
      char character = new String(new byte[] {(byte) code}, windows).charAt(0);
      bytes[character == '\uFFFD' ? code : character] = code;
    }
    return bytes;
  }

  /** The text without characters that show nothing, its line ends as line feeds. */
  public String withoutControls(String text) {
    if (controls == Controls.KEPT) {
      return text;
    }
    String lines = LINE_ENDS.matcher(text).replaceAll("\n");
    String seen = UNSEEN.matcher(lines).replaceAll("");
    return TAGS.matcher(seen).replaceAll(found -> found.group(1) == null ? "" : found.group(1));
  }

  /** The text in the normal form. */
  public String normalised(String text) {
    return switch (form) {
      case AS_IS -> text;
      case NFC -> Normalizer.normalize(text, Normalizer.Form.NFC);
      case NFKC -> Normalizer.normalize(text, Normalizer.Form.NFKC);
    };
  }
}
