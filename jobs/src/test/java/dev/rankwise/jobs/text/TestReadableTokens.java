package dev.rankwise.jobs.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TestReadableTokens {
  @Test
  void wordPiecesAreJoined() {
    assertThat(
            ReadableTokens.text(
                new String[] {"[CLS]", "a", "foot", "##ball", ",", "yes", "!", "[SEP]"}))
        .isEqualTo("a football, yes!");
  }

  @Test
  void bytePairsAreJoined() {
    assertThat(ReadableTokens.text(new String[] {"<s>", "\u0120a", "\u0120foot", "ball", "</s>"}))
        .isEqualTo("a foot ball");
  }

  @Test
  void noTokenGivesNoText() {
    assertThat(ReadableTokens.text(new String[] {"[CLS]", "[SEP]"})).isEmpty();
  }

  @Test
  void framesAreThoseOfBertAndRoberta() {
    assertThat(ReadableTokens.isFrame("[SEP]")).isTrue();
    assertThat(ReadableTokens.isFrame("<s>")).isTrue();
    assertThat(ReadableTokens.isFrame("sep")).isFalse();
  }
}
