package dev.rankwise.jobs.chart;

import java.util.List;
import java.util.Locale;

/** A table of shares, each cell as dark as its share is of the most that a cell can have. */
public final class ShareMap {
  private static final int LABEL_LETTERS = 34;
  private static final int LABEL_WIDTH = 230;
  private static final int TOP = 40;
  private static final int CELL_WIDTH = 46;
  private static final int CELL_HEIGHT = 20;
  // Above this share of the most a cell is so dark that letters on it take the paper's colour.
  private static final double DARK = 0.55;

  private final String title;
  private final List<String> rows;
  private final List<String> columns;
  private final List<List<Double>> shares;
  private final double most;

  /**
   * A map.
   *
   * @param title what it shows
   * @param rows names of the rows
   * @param columns names of the columns
   * @param shares what is shown, at least 0, by row; a row may end before the last column
   * @param most the share that has full colour, above 0; larger ones have it too
   */
  public ShareMap(
      String title,
      List<String> rows,
      List<String> columns,
      List<List<Double>> shares,
      double most) {
    this.title = title;
    this.rows = List.copyOf(rows);
    this.columns = List.copyOf(columns);
    this.shares = shares.stream().map(List::copyOf).toList();
    this.most = most;
  }

  /** Draws the map, in a frame that scrolls where the page is narrower. */
  public void draw(Markup markup) {
    int width = LABEL_WIDTH + columns.size() * CELL_WIDTH + 2;
    int height = TOP + rows.size() * CELL_HEIGHT + 2;
    ShadedTable.open(markup, title, "", width, height);
    for (int column = 0; column < columns.size(); column++) {
      markup.element(
          "text",
          columns.get(column),
          "x",
          Integer.toString(LABEL_WIDTH + column * CELL_WIDTH + CELL_WIDTH / 2),
          "y",
          Integer.toString(TOP - 8),
          "class",
          "number");
    }
    for (int row = 0; row < rows.size(); row++) {
      row(markup, row);
      markup.line();
    }
    markup.close().close().line();
  }

  private void row(Markup markup, int row) {
    int top = TOP + row * CELL_HEIGHT;
    ShadedTable.rowLabel(
        markup,
        rows.get(row),
        NumberText.cut(rows.get(row), LABEL_LETTERS),
        LABEL_WIDTH - 6,
        top + CELL_HEIGHT - 6);
    for (int column = 0; column < shares.get(row).size(); column++) {
      cell(markup, row, column, top);
    }
  }

  private void cell(Markup markup, int row, int column, int top) {
    double share = shares.get(row).get(column);
    double depth = Math.min(1, share / most);
    int left = LABEL_WIDTH + column * CELL_WIDTH;
    markup.open("g");
    markup.element(
        "title",
        "%s, %s: %s".formatted(rows.get(row), columns.get(column), NumberText.percent(share)));
    markup.leaf(
        "rect",
        "x",
        Integer.toString(left + 1),
        "y",
        Integer.toString(top + 1),
        "width",
        Integer.toString(CELL_WIDTH - 2),
        "height",
        Integer.toString(CELL_HEIGHT - 2),
        "class",
        "cell right",
        "fill-opacity",
        String.format(Locale.ROOT, "%.2f", depth));
    markup.element(
        "text",
        NumberText.percent(share),
        "x",
        Integer.toString(left + CELL_WIDTH / 2),
        "y",
        Integer.toString(top + CELL_HEIGHT - 6),
        "class",
        depth > DARK ? "number on-dark" : "number");
    markup.close();
  }
}
