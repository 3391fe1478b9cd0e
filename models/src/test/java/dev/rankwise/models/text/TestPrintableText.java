package dev.rankwise.models.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TestPrintableText {
  @Test
  void controlCharactersBecomeQuestionMarks() {
    assertThat(PrintableText.of("a\u001b[0m\nb\u007f\u009b31m\u0085c é\u20ac"))
        .isEqualTo("a?[0m?b??31m?c é\u20ac");
  }

  @Test
  void linesOfAMessageStay() {
    assertThat(PrintableText.ofLines("a\u001b[0m\nb\tc\u009b31m")).isEqualTo("a?[0m\nb?c?31m");
  }
}
