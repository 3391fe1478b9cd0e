package dev.rankwise.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TestStrictUtf8 {

  @Test
  void validTextSurvivesBothWays() {
    String text = "a é 漢 😀 \u0000";

    assertThat(StrictUtf8.encode(text)).contains(text.getBytes(StandardCharsets.UTF_8));
    assertThat(StrictUtf8.decode(text.getBytes(StandardCharsets.UTF_8))).contains(text);
  }

  @Test
  void aReplacementCharacterThatStandsThereIsValid() {
    assertThat(StrictUtf8.decode("\uFFFD".getBytes(StandardCharsets.UTF_8))).contains("\uFFFD");
  }

  @Test
  void truncatedOverlongAndSurrogateBytesAreNot() {
    assertThat(StrictUtf8.decode(new byte[] {(byte) 0xC3})).isEmpty();
    assertThat(StrictUtf8.decode(new byte[] {(byte) 0xC0, (byte) 0x80})).isEmpty();
    assertThat(StrictUtf8.decode(new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80})).isEmpty();
    assertThat(StrictUtf8.decode(new byte[] {(byte) 0xFF})).isEmpty();
  }

  @Test
  void halfASurrogatePairCannotBeEncoded() {
    assertThat(StrictUtf8.encode("a\uD800")).isEmpty();
    assertThat(StrictUtf8.encode("\uDC00a")).isEmpty();
  }
}
