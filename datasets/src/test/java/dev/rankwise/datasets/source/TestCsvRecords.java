package dev.rankwise.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestCsvRecords {
  private static final int LIMIT = 1_000;

  @Test
  void fieldsArePartedByTheDelimiter() throws IOException {
    assertThat(read("a,b,c\n1,2,3\n"))
        .containsExactly(List.of("a", "b", "c"), List.of("1", "2", "3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\r"})
  void everyLineEndPartsRecords(String end) throws IOException {
    assertThat(read("a,b" + end + "c,d" + end))
        .containsExactly(List.of("a", "b"), List.of("c", "d"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\r"})
  void recordsKnowTheirLine(String end) throws IOException {
    String text = "a\n\n\"b\n\nb\"\nc\n\"open\nd\n".replace("\n", end);
    List<Long> lines = new ArrayList<>();

    try (CsvRecords records =
        new CsvRecords(
            new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), ',', LIMIT)) {
      while (records.next() != null) {
        lines.add(records.line());
      }
    }

    assertThat(lines).containsExactly(1L, 3L, 6L, 7L, 8L);
  }

  @Test
  void lastRecordNeedsNoLineEnd() throws IOException {
    assertThat(read("a\nb")).containsExactly(List.of("a"), List.of("b"));
  }

  @Test
  void quotedFieldHoldsDelimitersLineEndsAndDoubledQuotes() throws IOException {
    assertThat(read("\"a,b\",\"c\nd\r\ne\",\"say \"\"hi\"\"\"\nnext,x,y\n"))
        .containsExactly(List.of("a,b", "c\nd\r\ne", "say \"hi\""), List.of("next", "x", "y"));
  }

  @Test
  void quoteInsideAPlainFieldIsText() throws IOException {
    assertThat(read("a 5\" disk,b\n")).containsExactly(List.of("a 5\" disk", "b"));
  }

  @Test
  void emptyFieldIsNullAndQuotedEmptyFieldIsEmpty() throws IOException {
    assertThat(read("a,,\"\"\n,\n"))
        .containsExactly(Arrays.asList("a", null, ""), Arrays.asList(null, null));
  }

  @Test
  void blankLinesAreNoRecords() throws IOException {
    assertThat(read("\n\na\n\r\n\nb\n\n")).containsExactly(List.of("a"), List.of("b"));
  }

  @Test
  void byteOrderMarkIsDropped() throws IOException {
    assertThat(read("\uFEFFid,text\n")).containsExactly(List.of("id", "text"));
    assertThat(read("\uFEFF")).isEmpty();
  }

  @Test
  void emptyInputHasNoRecord() throws IOException {
    assertThat(read("")).isEmpty();
  }

  @Test
  void anotherDelimiterLeavesCommasAlone() throws IOException {
    assertThat(read(bytes("a,b\tc\n"), '\t', LIMIT)).containsExactly(List.of("a,b", "c"));
  }

  @Test
  void bytesThatAreNotUtf8ArePassedOnAsTheyAre() throws IOException {
    byte[] input = {'a', ',', (byte) 0xC3, (byte) 0x28, '\n'};

    CsvRecord record = records(input, ',', LIMIT).get(0);

    assertThat(record.problem()).isNull();
    assertThat(record.fields().get(1)).containsExactly((byte) 0xC3, (byte) 0x28);
  }

  @Test
  void textAfterAClosingQuoteIsMalformed() throws IOException {
    assertThat(read("\"a\"b,c\nd,e\n")).containsExactly("MALFORMED_ROW", List.of("d", "e"));
  }

  @Test
  void openQuoteCostsItsOwnLineOnly() throws IOException {
    assertThat(read("a,b\n\"c,d\ne,f\ng,h\n"))
        .containsExactly(List.of("a", "b"), "MALFORMED_ROW", List.of("e", "f"), List.of("g", "h"));
  }

  @Test
  void openQuoteOnTheLastLineIsMalformed() throws IOException {
    assertThat(read("a\n\"b")).containsExactly(List.of("a"), "MALFORMED_ROW");
  }

  @Test
  void recordOverTheLimitIsSkippedAndTheNextOneIsRead() throws IOException {
    String huge = "x".repeat(LIMIT + 1);

    assertThat(read("a\n" + huge + "\nb\n"))
        .containsExactly(List.of("a"), "TOO_LONG", List.of("b"));
    assertThat(read("a\n\"" + huge + "\n,\"\nb\n"))
        .containsExactly(List.of("a"), "TOO_LONG", List.of("b"));
  }

  @Test
  void recordAtTheLimitIsRead() throws IOException {
    String largest = "x".repeat(LIMIT);

    assertThat(read(largest + "\n")).containsExactly(List.of(largest));
  }

  @Test
  void brokenRecordsAreToldApartByTheirHash() throws IOException {
    List<CsvRecord> records = records(bytes("\"a\"b\n\"a\"c\n"), ',', LIMIT);

    assertThat(records).hasSize(2);
    assertThat(records.get(0).hash()).hasSize(64).isNotEqualTo(records.get(1).hash());
  }

  @Test
  void writtenFieldsAreReadBackWhateverTheyHold() throws IOException {
    long seed = Long.getLong("seed", 20_260_701L);
    SplittableRandom random = new SplittableRandom(seed);
    String alphabet = "ab,\"\n\r é😀";
    for (int round = 0; round < 500; round++) {
      List<Object> expected = new ArrayList<>();
      ByteArrayOutputStream csv = new ByteArrayOutputStream();
      for (int row = 0; row < 3; row++) {
        List<String> fields = new ArrayList<>();
        for (int column = 0; column < 3; column++) {
          fields.add(word(random, alphabet));
        }
        expected.add(fields);
        csv.writeBytes(bytes(quoted(fields)));
      }

      assertThat(read(csv.toByteArray(), ',', LIMIT)).as("seed %d", seed).isEqualTo(expected);
    }
  }

  @Test
  void resultDoesNotDependOnHowTheStreamIsCut() throws IOException {
    byte[] input = bytes("a,\"b\r\n\"\"c\"\r\n\r\nd,e\r\n\"f");
    List<Object> whole = read(input, ',', LIMIT);

    InputStream oneByteAtATime =
        new FilterInputStream(new ByteArrayInputStream(input)) {
          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            return super.read(target, offset, Math.min(1, length));
          }
        };

    assertThat(readable(drain(new CsvRecords(oneByteAtATime, ',', LIMIT)))).isEqualTo(whole);
  }

  private static String word(SplittableRandom random, String alphabet) {
    int[] letters = alphabet.codePoints().toArray();
    StringBuilder word = new StringBuilder();
    int length = random.nextInt(6);
    for (int i = 0; i < length; i++) {
      word.appendCodePoint(letters[random.nextInt(letters.length)]);
    }
    return word.toString();
  }

  private static String quoted(List<String> fields) {
    return String.join(
            ",", fields.stream().map(field -> "\"" + field.replace("\"", "\"\"") + "\"").toList())
        + "\n";
  }

  private static List<Object> read(String text) throws IOException {
    return read(bytes(text), ',', LIMIT);
  }

  /** Each record as its list of texts, or the name of its problem. */
  private static List<Object> read(byte[] input, char delimiter, int limit) throws IOException {
    return readable(records(input, delimiter, limit));
  }

  private static List<CsvRecord> records(byte[] input, char delimiter, int limit)
      throws IOException {
    return drain(new CsvRecords(new ByteArrayInputStream(input), delimiter, limit));
  }

  private static List<CsvRecord> drain(CsvRecords records) throws IOException {
    List<CsvRecord> drained = new ArrayList<>();
    for (CsvRecord record = records.next(); record != null; record = records.next()) {
      drained.add(record);
    }
    return drained;
  }

  private static List<Object> readable(List<CsvRecord> records) {
    List<Object> readable = new ArrayList<>();
    for (CsvRecord record : records) {
      if (record.problem() != null) {
        readable.add(record.problem().name());
        continue;
      }
      List<String> fields = new ArrayList<>();
      for (byte[] field : record.fields()) {
        fields.add(field == null ? null : new String(field, StandardCharsets.UTF_8));
      }
      readable.add(fields);
    }
    return readable;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
