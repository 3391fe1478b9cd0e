package dev.rankwise.jobs.notebook;

import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.page.SectionFrame;
import dev.rankwise.models.text.CountText;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The first rows of a DataFrame, for people. */
final class RowTable {
  /** How every PNG file begins. */
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  /** What has no width and is no space. */
  private static final String WORD_JOINER = "\u2060";

  private RowTable() {}

  /**
   * Zeppelin's display of tables: names and values with tabs between them, a line each. A tab, or
   * an end of a line, within a value becomes a space, and a value stays text however it begins.
   */
  static String of(Dataset<Row> rows, int most) {
    StringBuilder text = new StringBuilder().append('%').append("table ");
    text.append(String.join("\t", rows.columns()));
    for (Row row : first(rows, most)) {
      String line =
          IntStream.range(0, row.size())
              .mapToObj(column -> text(value(row, column)))
              .collect(Collectors.joining("\t"));
      text.append('\n').append(line.isEmpty() ? " " : line);
    }
    // An empty line ends a table.
    return text.append("\n\n").toString();
  }

  private static String text(String value) {
    String line = value.replaceAll("[\\t\\r\\n]+", " ");
    // A cell that begins with %html is run as HTML, and a line that begins with % is a new output.
    return line.stripLeading().startsWith("%") ? WORD_JOINER + line.stripLeading() : line;
  }

  /** A table of HTML: for long texts, which break into lines, and for pictures. */
  static void draw(Dataset<Row> rows, int most, Markup into) {
    SectionFrame.openTable(into, "texts", rows.columns());
    for (Row row : first(rows, most)) {
      into.open("tr");
      for (int column = 0; column < row.size(); column++) {
        into.open("td", "class", "text");
        cell(row, column, into);
        into.close();
      }
      into.close().line();
    }
    SectionFrame.closeTable(into);
  }

  private static void cell(Row row, int column, Markup into) {
    if (!row.isNullAt(column) && row.get(column) instanceof byte[] bytes && isPng(bytes)) {
      SectionFrame.pictures(into, List.of(bytes));
    } else {
      into.element("bdi", value(row, column));
    }
  }

  private static boolean isPng(byte[] bytes) {
    return Arrays.mismatch(bytes, PNG) == PNG.length;
  }

  private static List<Row> first(Dataset<Row> rows, int most) {
    return rows.takeAsList(most);
  }

  private static String value(Row row, int column) {
    Object value = row.get(column);
    if (value instanceof byte[] bytes) {
      return CountText.of(bytes.length, "byte");
    }
    return value == null ? "" : String.valueOf(value);
  }
}
