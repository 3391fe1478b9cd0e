package dev.rankwise.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.models.failure.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Text files as whole tables: every value of a sound one, and nothing of a damaged one. */
@Tag("spark")
class TestWholeTables {
  private static final SparkSession SPARK = LocalSpark.session();

  @TempDir Path folder;

  @Test
  void csvKeepsEveryValueAndTheOrderOfRowsAndColumns() throws IOException {
    String path = file("a.csv", "z,a\r\n2,\" x\r\n\"\"y\"\"\"\r\n,\"\"\r\n\r\n1,caf\u00e9\r\n");

    Dataset<Row> table = whole(path, SourceFormat.CSV);

    assertThat(table.columns()).containsExactly("z", "a");
    assertThat(table.collectAsList())
        .containsExactly(
            RowFactory.create("2", " x\r\n\"y\""),
            RowFactory.create(null, ""),
            RowFactory.create("1", "caf\u00e9"));
  }

  @Test
  void filesOfAFolderAreOneTableWhateverTheOrderOfTheirColumns() throws IOException {
    file("t.tsv/1.tsv", "a\tb\n1\t2\n");
    file("t.tsv/2.tsv", "b\ta\n4\t3\n");

    assertThat(whole(folder.resolve("t.tsv").toString(), SourceFormat.TSV).collectAsList())
        .containsExactly(RowFactory.create("1", "2"), RowFactory.create("3", "4"));
  }

  @Test
  void filesWithOtherColumnsAreNoOneTable() throws IOException {
    file("t.csv/1.csv", "a,b\n1,2\n");
    file("t.csv/2.csv", "a,c\n1,2\n");

    assertThatThrownBy(() -> whole(folder.resolve("t.csv").toString(), SourceFormat.CSV))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("1.csv\" and \"")
        .hasMessageEndingWith("2.csv\" as one table: their columns differ; name one of them");
  }

  @Test
  void columnsWithoutANameOfTheirOwnAreKept() throws IOException {
    Dataset<Row> table = whole(file("a.csv", ",a,A\n0,x,y\n"), SourceFormat.CSV);

    assertThat(table.columns()).containsExactly("_c0", "a1", "A2");
    assertThat(table.first()).isEqualTo(RowFactory.create("0", "x", "y"));
  }

  @Test
  void damagedCsvIsRefusedWithLineAndCounts() throws IOException {
    byte[] sound =
        "id,text\n1,\"two\nlines\"\n\n2,b,canary\n3\n4,c\n5,\u00ff\n6,\"open canary\n"
            .getBytes(StandardCharsets.UTF_8);
    // Of the two bytes of one letter only the second is left.
    String path = bytes("a.csv", without(sound, (byte) 0xC3));

    assertThatThrownBy(() -> whole(path, SourceFormat.CSV))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Cannot read \"file:")
        .hasMessageEndingWith(
            "a.csv\": on line 5 the line or record breaks its file format; such rows (3"
                + " MALFORMED_ROW, 1 INVALID_UTF8) can be neither kept as they are nor left out of"
                + " a table, so mend them or take them out, and save the file as UTF-8")
        .hasMessageNotContaining("canary");
  }

  @Test
  void fileInAnotherEncodingIsRefusedAtItsHeader() throws IOException {
    String path = bytes("a.csv", "id,text\n1,a\n".getBytes(StandardCharsets.UTF_16));

    assertThatThrownBy(() -> whole(path, SourceFormat.CSV))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("on line 1 the bytes are not valid UTF-8", "(1 INVALID_UTF8)");
  }

  @Test
  void jsonKeepsKeysTypesAndOrder() throws IOException {
    String path =
        file("a.jsonl", "\ufeff{\"b\": 3, \"a\": [1.5]}\n\n{\"a\": null, \"c\": \"\u00e9\"}\n");

    Dataset<Row> table = whole(path, SourceFormat.JSONL);

    assertThat(table.schema().simpleString())
        .isEqualTo("struct<a:array<double>,b:bigint,c:string>");
    assertThat(table.toJSON().collectAsList())
        .containsExactly("{\"a\":[1.5],\"b\":3}", "{\"c\":\"\u00e9\"}");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "{\"text\": \"canary|the line or record breaks its file format|MALFORMED_ROW",
        "[{\"text\": \"canary\"}]|the line or record breaks its file format|MALFORMED_ROW",
        "{\"text\": 1, \"text\": 2}|the line or record breaks its file format|MALFORMED_ROW",
        "{\"deep\": [{\"x\": \"\\uD800\"}]}|the bytes are not valid UTF-8|INVALID_UTF8"
      })
  void damagedLineOfJsonIsRefused(String line, String what, String reason) throws IOException {
    String path = file("a.jsonl", "{\"text\": \"a\"}\n\n%s\n{\"text\": \"b\"}\n".formatted(line));

    assertThatThrownBy(() -> whole(path, SourceFormat.JSONL))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "a.jsonl\": on line 3 %s; such rows (1 %s) can".formatted(what, reason))
        .hasMessageNotContaining("canary");
  }

  @Test
  void bytesThatAreNotUtf8AreSeenInTheSecondOfTwoFiles() throws IOException {
    file("t.jsonl/1.jsonl", "{\"text\": \"a\"}\n");
    Files.write(
        folder.resolve("t.jsonl/2.jsonl"),
        "{\"text\": \"\u00e9\"}\n".getBytes(StandardCharsets.ISO_8859_1));

    assertThatThrownBy(() -> whole(folder.resolve("t.jsonl").toString(), SourceFormat.JSONL))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("2.jsonl\": on line 1 the bytes are not valid UTF-8");
  }

  @Test
  void columnInTheNameOfAFolderIsNotLost() throws IOException {
    file("t.csv/day=3/1.csv", "a\n1\n");

    assertThatThrownBy(() -> whole(folder.resolve("t.csv").toString(), SourceFormat.CSV))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the name of its folder \"day=3\" holds a column");
    assertThat(whole(folder.resolve("t.csv/day=3").toString(), SourceFormat.CSV).columns())
        .containsExactly("a");
  }

  private static Dataset<Row> whole(String path, SourceFormat format) {
    return RowSources.whole(SPARK, path, format, RowLimits.defaults());
  }

  private static byte[] without(byte[] bytes, byte value) {
    byte[] left = new byte[bytes.length];
    int length = 0;
    for (byte each : bytes) {
      if (each != value) {
        left[length++] = each;
      }
    }
    return Arrays.copyOf(left, length);
  }

  private String file(String name, String content) throws IOException {
    return bytes(name, content.getBytes(StandardCharsets.UTF_8));
  }

  private String bytes(String name, byte[] content) throws IOException {
    Path path = folder.resolve(name);
    Files.createDirectories(path.getParent());
    return Files.write(path, content).toString();
  }
}
