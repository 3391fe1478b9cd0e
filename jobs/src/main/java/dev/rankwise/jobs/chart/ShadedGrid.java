package dev.rankwise.jobs.chart;

import java.util.List;
import java.util.Locale;

/**
 * A table of whole numbers as shades: empty is 0, full colour the highest there can be. Neighbours
 * in a row that are alike are one field, so that a table with many columns stays small.
 */
public final class ShadedGrid {
  private static final int LABEL_LETTERS = 44;
  private static final int LABEL_WIDTH = 270;
  private static final int HEIGHT = 15;
  private static final int FOOT = 18;
  private static final int WIDEST = 620;
  private static final int MOST_CELL = 40;
  // Columns between two that are named below the grid, at the least, by the room for a name.
  private static final int NAME_WIDTH = 56;
  private static final double DARK = 0.55;
  private static final int WIDE_FIELD = 18;

  private final String title;
  private final String columnsAre;
  private final List<String> rows;
  private final List<String> columns;
  private final int[][] values;
  private final int full;

  /**
   * A grid.
   *
   * @param title what it shows
   * @param columnsAre what a column stands for
   * @param rows names of the rows, at least one
   * @param columns names of the columns, at least one
   * @param values what is shown, [0, full], (row, column)
   * @param full what full colour stands for, at least 1
   */
  public ShadedGrid(
      String title,
      String columnsAre,
      List<String> rows,
      List<String> columns,
      int[][] values,
      int full) {
    this.title = title;
    this.columnsAre = columnsAre;
    this.rows = List.copyOf(rows);
    this.columns = List.copyOf(columns);
    this.values = values;
    this.full = full;
  }

  /** Draws the grid, in a frame that scrolls where the page is narrower. */
  public void draw(Markup markup) {
    int cell = Math.max(1, Math.min(MOST_CELL, WIDEST / columns.size()));
    int width = LABEL_WIDTH + columns.size() * cell + NAME_WIDTH;
    int height = rows.size() * HEIGHT + FOOT;
    ShadedTable.open(markup, title, "", width, height);
    markup.leaf(
        "rect",
        "x",
        Integer.toString(LABEL_WIDTH),
        "y",
        "0",
        "width",
        Integer.toString(columns.size() * cell),
        "height",
        Integer.toString(rows.size() * HEIGHT),
        "class",
        "empty");
    for (int row = 0; row < rows.size(); row++) {
      row(markup, row, cell);
      markup.line();
    }
    foot(markup, cell);
    markup.close().close().line();
  }

  private void row(Markup markup, int row, int cell) {
    ShadedTable.rowLabel(
        markup, rows.get(row), ending(rows.get(row)), LABEL_WIDTH - 6, row * HEIGHT + HEIGHT - 4);
    int first = 0;
    for (int column = 1; column <= columns.size(); column++) {
      if (column == columns.size() || values[row][column] != values[row][first]) {
        field(markup, row, first, column, cell);
        first = column;
      }
    }
  }

  /** Paths are told apart by their ends. */
  private static String ending(String label) {
    int letters = label.codePointCount(0, label.length());
    return letters <= LABEL_LETTERS
        ? label
        : "…" + label.substring(label.offsetByCodePoints(0, letters - LABEL_LETTERS + 1));
  }

  /** Columns {@code [from, to)} of a row, which are alike. */
  private void field(Markup markup, int row, int from, int to, int cell) {
    int value = values[row][from];
    double share = (double) value / full;
    int left = LABEL_WIDTH + from * cell;
    int wide = (to - from) * cell;
    String reach =
        to - from == 1 ? columns.get(from) : columns.get(from) + " to " + columns.get(to - 1);
    markup.open("g");
    markup.element(
        "title",
        "%s, %s: %s of %s"
            .formatted(rows.get(row), reach, NumberText.count(value), NumberText.count(full)));
    markup.leaf(
        "rect",
        "x",
        Integer.toString(left),
        "y",
        Integer.toString(row * HEIGHT + 1),
        "width",
        Integer.toString(wide),
        "height",
        Integer.toString(HEIGHT - 2),
        "class",
        "cell right",
        "stroke-opacity",
        "0",
        "fill-opacity",
        String.format(Locale.ROOT, "%.2f", share));
    if (wide >= WIDE_FIELD) {
      markup.element(
          "text",
          NumberText.count(value),
          "x",
          Integer.toString(left + wide / 2),
          "y",
          Integer.toString(row * HEIGHT + HEIGHT - 4),
          "class",
          share > DARK ? "number on-dark" : "number");
    }
    markup.close();
  }

  private void foot(Markup markup, int cell) {
    int y = rows.size() * HEIGHT + FOOT - 5;
    markup.element(
        "text",
        columnsAre + " →",
        "x",
        Integer.toString(LABEL_WIDTH - 6),
        "y",
        Integer.toString(y),
        "class",
        "axis-name");
    int apart = Math.max(1, (NAME_WIDTH + cell - 1) / cell);
    for (int column = 0; column < columns.size(); column += apart) {
      markup.element(
          "text",
          columns.get(column),
          "x",
          Integer.toString(LABEL_WIDTH + column * cell + cell / 2),
          "y",
          Integer.toString(y),
          "class",
          "number");
    }
  }
}
