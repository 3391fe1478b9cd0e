package dev.rankwise.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestJsonLine {
  private static final JsonLine LINE =
      new JsonLine(
          List.of("text", "label", "id"), RowLimits.defaults(), AskedColumns.Nested.REFUSED);

  @Test
  void wantedKeysBecomeColumns() {
    Row row =
        row("{\"id\": \"7\", \"label\": \"food\", \"text\": \"a caf\\u00e9\", \"other\": []}");

    assertThat(text(row, 0)).isEqualTo("a café");
    assertThat(text(row, 1)).isEqualTo("food");
    assertThat(text(row, 2)).isEqualTo("7");
    assertThat(reason(row)).isNull();
  }

  @Test
  void wholeNumbersAndBooleansAreText() {
    Row row = row("{\"text\": \"a\", \"label\": true, \"id\": 12345678901234567890}");

    assertThat(text(row, 1)).isEqualTo("true");
    assertThat(text(row, 2)).isEqualTo("12345678901234567890");
  }

  @Test
  void absentAndNullKeysAreNull() {
    Row row = row("{\"label\": null, \"id\": \"7\"}");

    assertThat(row.isNullAt(0)).isTrue();
    assertThat(row.isNullAt(1)).isTrue();
    assertThat(reason(row)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"text\": [\"a\"]}", "{\"text\": {\"a\": 1}}", "{\"text\": 1.5}"})
  void otherValuesAreOfTheWrongType(String line) {
    assertThat(reason(row(line))).isEqualTo("WRONG_TYPE");
  }

  @Test
  void rejectedRowKeepsTheKeyThatWasRead() {
    Row row = row("{\"text\": [], \"id\": \"7\"}");

    assertThat(text(row, 2)).isEqualTo("7");
    assertThat(row.getString(4)).hasSize(64);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"text\": \"a\"",
        "text",
        "[1]",
        "\"text\"",
        "{\"text\": \"a\"} {}",
        "{\"text\": \"a\", \"text\": \"b\"}",
        "{\"text\": NaN}",
        "{'text': 'a'}"
      })
  void whatIsNotOneObjectIsMalformed(String line) {
    assertThat(reason(row(line))).isEqualTo("MALFORMED_ROW");
  }

  @Test
  void deepNestingIsMalformedAndNotACrash() {
    String deep = "[".repeat(100_000) + "]".repeat(100_000);

    assertThat(reason(row("{\"text\": " + deep + "}"))).isEqualTo("MALFORMED_ROW");
  }

  @Test
  void invalidUtf8IsToldFromMalformed() {
    byte[] line = "{\"text\": \"a?b\"}".getBytes(StandardCharsets.UTF_8);
    line[11] = (byte) 0xFF;

    assertThat(reason(LINE.row(line))).isEqualTo("INVALID_UTF8");
  }

  @Test
  void escapedHalfOfASurrogatePairIsInvalid() {
    assertThat(reason(row("{\"text\": \"a\\ud800b\"}"))).isEqualTo("INVALID_UTF8");
    assertThat(reason(row("{\"text\": \"a\\ud83d\\ude00b\"}"))).isNull();
  }

  @Test
  void lineOverTheLimitIsNotParsed() {
    RowLimits limits = new RowLimits(10);
    byte[] line = new byte[limits.maximumRecordBytes() + 1];

    assertThat(reason(new JsonLine(List.of("text"), limits, AskedColumns.Nested.REFUSED).row(line)))
        .isEqualTo("TOO_LONG");
  }

  @Test
  void byteOrderMarkIsDropped() {
    assertThat(text(row("\uFEFF{\"text\": \"a\"}"), 0)).isEqualTo("a");
  }

  @Test
  void namesAreTheKeysOfTheObject() {
    assertThat(names("{\"a\": 1, \"b\": {\"c\": 2}}")).containsExactly("a", "b");
    assertThat(names("[1]")).isEmpty();
    assertThat(names("{")).isEmpty();
    assertThat(names("{\"" + "k".repeat(100) + "\": 1}")).isEmpty();
  }

  @Test
  void blankLinesAreNoRecords() {
    assertThat(JsonLine.isRecord(new byte[0])).isFalse();
    assertThat(JsonLine.isRecord(" \t\r".getBytes(StandardCharsets.UTF_8))).isFalse();
    assertThat(JsonLine.isRecord(" {".getBytes(StandardCharsets.UTF_8))).isTrue();
  }

  private static Row row(String line) {
    return LINE.row(line.getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> names(String line) {
    return LINE.names(line.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(Row row, int column) {
    byte[] bytes = row.getAs(column);
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  private static String reason(Row row) {
    return row.getString(row.length() - 2);
  }
}
