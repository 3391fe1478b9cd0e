package dev.rankwise.jobs.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Lines, columns and dots over two axes. Widths are shares of the place that the page gives,
 * heights are pixels, so that letters keep their size from a phone to a printed page.
 */
public final class Plot {
  private static final int HEIGHT = 170;
  private static final int LABELS = 38;
  private static final int INNER_WIDTH = 1000;
  private static final int BUCKETS = 400;
  private static final int MOST_GAP_MARKS = 50;

  private final String title;
  private final String reading;
  private final String across;
  private final String upwards;
  private final List<Series> lines = new ArrayList<>();
  private final List<Series> columns = new ArrayList<>();
  private final List<Series> points = new ArrayList<>();

  /**
   * An empty plot.
   *
   * @param title what it shows
   * @param reading how to read it, in one sentence
   * @param across what the level axis counts
   * @param upwards what the upright axis counts
   */
  public Plot(String title, String reading, String across, String upwards) {
    this.title = title;
    this.reading = reading;
    this.across = across;
    this.upwards = upwards;
  }

  /** Adds a line; the later ones lie on top. */
  public Plot line(Series series) {
    lines.add(series);
    return this;
  }

  /** Adds columns, each from its place to the next; behind all lines. */
  public Plot columns(Series series) {
    columns.add(series);
    return this;
  }

  /** Adds dots, whose places need not ascend. */
  public Plot points(Series series) {
    points.add(series);
    return this;
  }

  /** Draws the plot over the axis {@code level}. */
  public void draw(Markup markup, Axis level) {
    List<Series> all = new ArrayList<>(columns);
    all.addAll(lines);
    all.addAll(points);
    double highest = all.stream().mapToDouble(Series::highest).max().orElse(0);
    Axis upright = Axis.fromZero(highest, 4);
    markup.open("figure", "class", "plot").line();
    markup.open("figcaption").element("strong", title).text(" " + reading).close();
    legend(markup, all);
    markup.element("div", upwards, "class", "upwards");
    String name = markup.newIdentifier();
    String description = markup.newIdentifier();
    markup.open(
        "svg",
        "class",
        "axes",
        "height",
        Integer.toString(HEIGHT + LABELS),
        "role",
        "img",
        "aria-labelledby",
        name + " " + description);
    markup.element("title", title, "id", name);
    markup.element("desc", description(all, highest), "id", description).line();
    grid(markup, level, upright);
    area(markup, level, upright);
    marks(markup, level, upright);
    points(markup, level, upright);
    markup.close().line();
    gapNote(markup, all);
    markup.close().line();
  }

  private void legend(Markup markup, List<Series> all) {
    if (all.size() < 2) {
      return;
    }
    markup.open("div", "class", "legend");
    for (Series series : all) {
      markup.open("span");
      if (columns.contains(series) || points.contains(series)) {
        series.ink().swatch(markup);
      } else {
        series.ink().lineSwatch(markup);
      }
      markup.text(series.name()).close();
    }
    markup.close();
  }

  private String description(List<Series> all, double highest) {
    int points = all.stream().mapToInt(series -> series.x().length).max().orElse(0);
    return "%s by %s; %s points, the highest value is %s"
        .formatted(
            upwards, across, NumberText.count(points), NumberText.plain(points == 0 ? 0 : highest));
  }

  private void grid(Markup markup, Axis level, Axis upright) {
    for (double mark : upright.marks()) {
      String y = pixels(HEIGHT * (1 - upright.share(mark)));
      markup.leaf(
          "line",
          "x1",
          "0",
          "x2",
          "100%",
          "y1",
          y,
          "y2",
          y,
          "class",
          mark == 0 ? "ground" : "grid");
      markup.element(
          "text", upright.label(mark), "x", "-6", "y", y, "dy", "4", "class", "upright-mark");
    }
    for (double mark : level.marks()) {
      double share = level.share(mark);
      String x = BarStrip.percent(share);
      String y = Integer.toString(HEIGHT);
      markup.leaf(
          "line", "x1", x, "x2", x, "y1", y, "y2", Integer.toString(HEIGHT + 4), "class", "ground");
      markup.element(
          "text",
          level.label(mark),
          "x",
          x,
          "y",
          Integer.toString(HEIGHT + 17),
          "class",
          share > 0.97 ? "level-mark last" : "level-mark");
    }
    markup
        .element(
            "text",
            across,
            "x",
            "50%",
            "y",
            Integer.toString(HEIGHT + LABELS - 5),
            "class",
            "across")
        .line();
  }

  /** What is stretched with the page: columns and lines, without letters. */
  private void area(Markup markup, Axis level, Axis upright) {
    for (Series series : columns) {
      columns(markup, series, level, upright);
    }
    markup.open(
        "svg",
        "width",
        "100%",
        "height",
        Integer.toString(HEIGHT),
        "viewBox",
        "0 0 " + INNER_WIDTH + " " + HEIGHT,
        "preserveAspectRatio",
        "none",
        "class",
        "stretched");
    for (Series series : lines) {
      StringBuilder path = new StringBuilder();
      for (List<Series.Point> line : series.lines(BUCKETS)) {
        char command = 'M';
        for (Series.Point point : line.size() > 1 ? line : List.<Series.Point>of()) {
          path.append(command)
              .append(pixels(INNER_WIDTH * level.share(point.x())))
              .append(' ')
              .append(pixels(HEIGHT * (1 - upright.share(point.y()))));
          command = 'L';
        }
      }
      if (!path.isEmpty()) {
        markup.leaf("path", "d", path.toString(), "class", "line " + series.ink().cssClass());
      }
    }
    markup.close().line();
  }

  private static void columns(Markup markup, Series series, Axis level, Axis upright) {
    double[] x = series.x();
    double[] y = series.y();
    for (int i = 0; i < x.length; i++) {
      if (Double.isFinite(y[i]) && y[i] > 0) {
        double width = i + 1 < x.length ? x[i + 1] - x[i] : i > 0 ? x[i] - x[i - 1] : 1;
        double share = upright.share(y[i]);
        markup.leaf(
            "rect",
            "x",
            BarStrip.percent(level.share(x[i])),
            "width",
            BarStrip.percent(width / (level.high() - level.low()) * 0.92),
            "y",
            pixels(HEIGHT * (1 - share)),
            "height",
            pixels(HEIGHT * share),
            "class",
            series.ink().cssClass());
      }
    }
  }

  /** Points that stand alone, and crosses where a value is not finite. */
  private void marks(Markup markup, Axis level, Axis upright) {
    for (Series series : lines) {
      for (List<Series.Point> line : series.lines(BUCKETS)) {
        if (line.size() == 1) {
          Series.Point point = line.get(0);
          dot(markup, series, level.share(point.x()), upright.share(point.y()));
        }
      }
      for (double place : series.gapPlaces(MOST_GAP_MARKS)) {
        markup.element(
            "text", "✕", "x", BarStrip.percent(level.share(place)), "y", "12", "class", "gap");
      }
    }
  }

  private void points(Markup markup, Axis level, Axis upright) {
    for (Series series : points) {
      double[] x = series.x();
      double[] y = series.y();
      for (int i = 0; i < x.length; i++) {
        if (Double.isFinite(x[i]) && Double.isFinite(y[i])) {
          dot(markup, series, level.share(x[i]), upright.share(y[i]));
        }
      }
    }
  }

  private static void dot(Markup markup, Series series, double across, double up) {
    markup.leaf(
        "circle",
        "cx",
        BarStrip.percent(across),
        "cy",
        pixels(HEIGHT * (1 - up)),
        "r",
        "4",
        "class",
        series.ink().cssClass());
  }

  private static void gapNote(Markup markup, List<Series> all) {
    int gaps = all.stream().mapToInt(Series::gaps).max().orElse(0);
    if (gaps > 0) {
      markup.element(
          "p",
          "✕ marks values that are not finite numbers (" + NumberText.count(gaps) + ")",
          "class",
          "note");
    }
    if (all.stream().allMatch(series -> series.gaps() == series.x().length)) {
      markup.element("p", "There is no value to draw", "class", "note");
    }
  }

  static String pixels(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }
}
