package dev.rankwise.jobs.chart;

import java.util.List;
import java.util.Locale;

/**
 * A square of counts, each row coloured by its own sum: full colour is all of the row. The diagonal
 * is framed and has the main ink, all else the ink of losses.
 */
public final class HeatMap {
  /** More rows than this do not fit where people can read them. */
  public static final int MOST_ROWS = 40;

  private static final int LABEL_LETTERS = 14;
  private static final int LABEL_WIDTH = 112;
  private static final int TOP = 98;
  private static final int PAD = 60;
  private static final int MOST_CELL = 64;
  private static final int LEAST_CELL = 22;
  private static final int WIDEST = 700;
  // A cell in which a number of seven digits finds room.
  private static final int WIDE_CELL = 50;
  // Above this share of its row a cell is so dark that letters on it take the paper's colour.
  private static final double DARK = 0.55;

  private final String title;
  private final String rowsAre;
  private final String columnsAre;
  private final List<String> labels;
  private final long[][] counts;

  /**
   * A map.
   *
   * @param title what it shows
   * @param rowsAre what a row stands for
   * @param columnsAre what a column stands for
   * @param labels names of the rows, and of the columns, at most {@link #MOST_ROWS}
   * @param counts what is shown, not negative, (row, column)
   */
  public HeatMap(
      String title, String rowsAre, String columnsAre, List<String> labels, long[][] counts) {
    this.title = title;
    this.rowsAre = rowsAre;
    this.columnsAre = columnsAre;
    this.labels = List.copyOf(labels);
    this.counts = counts;
  }

  /** Draws the map, in a frame that scrolls where the page is narrower. */
  public void draw(Markup markup) {
    int size = labels.size();
    int cell = Math.max(LEAST_CELL, Math.min(MOST_CELL, WIDEST / size));
    int width = LABEL_WIDTH + size * cell + PAD;
    int height = TOP + size * cell + 2;
    ShadedTable.open(markup, title, description(), width, height);
    paper(markup, size, cell);
    String corner = Integer.toString(LABEL_WIDTH - 6);
    String above = Integer.toString(TOP - 24);
    String beside = Integer.toString(TOP - 8);
    markup.element("text", columnsAre + " →", "x", corner, "y", above, "class", "axis-name");
    markup.element("text", rowsAre + " ↓", "x", corner, "y", beside, "class", "axis-name").line();
    for (int i = 0; i < size; i++) {
      labels(markup, i, cell);
    }
    for (int row = 0; row < size; row++) {
      row(markup, row, cell);
      markup.line();
    }
    markup.close().close().line();
  }

  private String description() {
    long all = 0;
    long right = 0;
    for (int row = 0; row < counts.length; row++) {
      for (int column = 0; column < counts.length; column++) {
        all += counts[row][column];
        right += row == column ? counts[row][column] : 0;
      }
    }
    return "%s rows by %s columns; %s of %s lie on the diagonal"
        .formatted(labels.size(), labels.size(), NumberText.count(right), NumberText.count(all));
  }

  private void labels(Markup markup, int place, int cell) {
    int middle = place * cell + cell / 2;
    String label = labels.get(place);
    String shown = NumberText.cut(label, LABEL_LETTERS);
    ShadedTable.rowLabel(markup, label, shown, LABEL_WIDTH - 6, TOP + middle + 4);
    markup
        .open(
            "text",
            "transform",
            "translate(" + (LABEL_WIDTH + middle + 3) + " " + (TOP - 6) + ") rotate(-52)",
            "class",
            "column-label")
        .element("title", label)
        .text(shown)
        .close();
  }

  private void row(Markup markup, int row, int cell) {
    long sum = 0;
    for (long count : counts[row]) {
      sum += count;
    }
    for (int column = 0; column < counts.length; column++) {
      if (counts[row][column] > 0 || row == column) {
        filled(markup, row, column, cell, sum);
      }
    }
  }

  private static void paper(Markup markup, int size, int cell) {
    markup.leaf(
        "rect",
        "x",
        Integer.toString(LABEL_WIDTH),
        "y",
        Integer.toString(TOP),
        "width",
        Integer.toString(size * cell),
        "height",
        Integer.toString(size * cell),
        "class",
        "empty");
    StringBuilder path = new StringBuilder();
    for (int i = 0; i <= size; i++) {
      path.append('M').append(LABEL_WIDTH + i * cell).append(' ').append(TOP);
      path.append('v').append(size * cell);
      path.append('M').append(LABEL_WIDTH).append(' ').append(TOP + i * cell);
      path.append('h').append(size * cell);
    }
    markup.leaf("path", "d", path.toString(), "class", "cells").line();
  }

  private void filled(Markup markup, int row, int column, int cell, long sum) {
    long count = counts[row][column];
    double share = sum == 0 ? 0 : (double) count / sum;
    // Small shares are lifted by the root, or the mistakes of a good model would all look white.
    double depth = row == column ? share : Math.sqrt(share) * 0.9;
    int left = LABEL_WIDTH + column * cell;
    int top = TOP + row * cell;
    markup.open("g");
    markup.element(
        "title",
        "%s taken for %s: %s of %s (%s)"
            .formatted(
                labels.get(row),
                labels.get(column),
                NumberText.count(count),
                NumberText.count(sum),
                NumberText.percent(share)));
    markup.leaf(
        "rect",
        "x",
        Integer.toString(left + 1),
        "y",
        Integer.toString(top + 1),
        "width",
        Integer.toString(cell - 2),
        "height",
        Integer.toString(cell - 2),
        "class",
        row == column ? "cell right" : "cell wrong",
        "fill-opacity",
        String.format(Locale.ROOT, "%.2f", depth));
    markup.element(
        "text",
        count > 999 && cell < WIDE_CELL ? NumberText.inShort(count) : NumberText.count(count),
        "x",
        Integer.toString(left + cell / 2),
        "y",
        Integer.toString(top + cell / 2 + 3),
        "class",
        depth > DARK ? "number on-dark" : "number");
    markup.close();
  }
}
