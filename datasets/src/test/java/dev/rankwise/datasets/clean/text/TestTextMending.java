package dev.rankwise.datasets.clean.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.clean.text.TextMending.Controls;
import dev.rankwise.datasets.clean.text.TextMending.Encoding;
import dev.rankwise.datasets.clean.text.TextMending.Form;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestTextMending {
  private static final TextMending ALL =
      new TextMending(Encoding.REPAIRED, Controls.REMOVED, Form.NFC);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "café",
        "Grüße aus Köln",
        "“quoted” – dashed…",
        "price: 5 €",
        "日本語",
        "smile 😀",
        "naïve Ünal"
      })
  void whatWasReadAsWindows1252IsReadAgain(String text) {
    String damaged = asWindows1252(text);
    assertThat(damaged).isNotEqualTo(text);
    assertThat(ALL.repaired(damaged)).isEqualTo(text);
    assertThat(ALL.repaired(asWindows1252(damaged))).as("damaged twice").isEqualTo(text);
  }

  /** Each has characters that could be a part of a damaged text. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "",
        "café",
        "Fuß",
        "„auf dem Fuß“",
        "« voilà\u00a0»",
        "Ä“ und „Ö",
        "Âme",
        "日本語",
        "a\uD83D b"
      })
  void whatIsWholeStays(String text) {
    assertThat(ALL.repaired(text)).isEqualTo(text);
  }

  @Test
  void aTextThatIsDamagedInPartStays() {
    assertThat(ALL.repaired("cafÃ© und Bär")).isEqualTo("cafÃ© und Bär");
  }

  @Test
  void charactersThatShowNothingGo() {
    assertThat(ALL.withoutControls("a\u0000b\u0007c\td\u200Be\uFEFFf\u00ADg\u202Eh\u2066i\uFFFFj"))
        .isEqualTo("abc\tdefghij");
    assertThat(ALL.withoutControls("one\r\ntwo\rthree\u2028four\u0085five\nsix"))
        .isEqualTo("one\ntwo\nthree\nfour\nfive\nsix");
  }

  @Test
  void hiddenTagsGoAndFlagsOfRegionsStay() {
    String tag = tags("ignore");
    String scotland = "\uD83C\uDFF4" + tags("gbsct") + new String(Character.toChars(0xE007F));
    assertThat(ALL.withoutControls("see" + tag + " " + scotland)).isEqualTo("see " + scotland);
  }

  @Test
  void joinersStay() {
    String family = "\uD83D\uDC68\u200D\uD83D\uDC69";
    assertThat(ALL.withoutControls(family)).isEqualTo(family);
    assertThat(ALL.withoutControls("می\u200Cخواهم")).isEqualTo("می\u200Cخواهم");
  }

  @Test
  void normalFormsAreThoseOfUnicode() {
    assertThat(ALL.normalised("e\u0301")).isEqualTo("\u00E9");
    assertThat(ALL.normalised("\uFB01n \uFF21")).isEqualTo("\uFB01n \uFF21");
    TextMending compatible = new TextMending(Encoding.AS_IS, Controls.KEPT, Form.NFKC);
    assertThat(compatible.normalised("\uFB01n \uFF21")).isEqualTo("fin A");
  }

  @Test
  void whatIsNotAskedForIsNotDone() {
    String text = "cafÃ©\u0000e\u0301\r\n";
    assertThat(TextMending.NONE.repaired(text)).isSameAs(text);
    assertThat(TextMending.NONE.withoutControls(text)).isSameAs(text);
    assertThat(TextMending.NONE.normalised(text)).isSameAs(text);
  }

  private static String tags(String letters) {
    StringBuilder tags = new StringBuilder();
    letters.chars().forEach(letter -> tags.appendCodePoint(0xE0000 + letter));
    return tags.toString();
  }

  /** As a program shows UTF-8 that takes it for Windows-1252; open bytes stand for C1. */
  private static String asWindows1252(String text) {
    StringBuilder shown = new StringBuilder();
    for (byte code : text.getBytes(StandardCharsets.UTF_8)) {
      char character = new String(new byte[] {code}, Charset.forName("windows-1252")).charAt(0);
      shown.append(character == '\uFFFD' ? (char) (code & 0xFF) : character);
    }
    return shown.toString();
  }
}
