package dev.rankwise.jobs.chart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TestNumberText {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "0.78519, 0.7852",
    "12345.6, 12350",
    "-3.5, -3.5",
    "2e-5, 2e-5",
    "1234567890, 1.235e+9",
    "1e300, 1e+300",
    "-0.00001, -1e-5",
    "NaN, –",
    "Infinity, ∞",
    "-Infinity, −∞",
    "0.0001, 0.0001",
    "100, 100"
  })
  void numbersKeepTheDigitsThatMatter(double value, String text) {
    assertThat(NumberText.plain(value)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.0 %",
    "1, 100.0 %",
    "0.785, 78.5 %",
    "0.0004, 0.04 %",
    "0.0123, 1.2 %",
    "NaN, –"
  })
  void sharesArePerCent(double share, String text) {
    assertThat(NumberText.percent(share)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.0 ms", "0.0084, 8.4 ms", "0.912, 912 ms", "12.54, 12.5 s", "221, 3 min 41 s",
    "59.99, 60.0 s", "3599.7, 1 h 00 min", "7502, 2 h 05 min", "-1, –", "NaN, –"
  })
  void timesHaveTheUnitThatFits(double seconds, String text) {
    assertThat(NumberText.duration(seconds)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "742, 742 B",
    "999, 999 B",
    "1000, 1 kB",
    "5307112, 5.31 MB",
    "999999, 1 MB",
    "9223372036854775807, 9.22 EB"
  })
  void bytesAreInDecimalUnits(long bytes, String text) {
    assertThat(NumberText.bytes(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"742, 742", "1324826, 1.32 M", "7e9, 7 G", "12e15, 12000 T", "100000, 100 k"})
  void largeCountsAreShort(double value, String text) {
    assertThat(NumberText.inShort(value)).isEqualTo(text);
  }

  @Test
  void countsAreGrouped() {
    assertThat(NumberText.count(82_192)).isEqualTo("82,192");
  }

  @Test
  void longTextsAreCutBetweenCharacters() {
    assertThat(NumberText.cut("abcd", 4)).isEqualTo("abcd");
    assertThat(NumberText.cut("abcde", 4)).isEqualTo("abc…");
    assertThat(NumberText.cut("😀😀😀", 2)).isEqualTo("😀…");
  }
}
