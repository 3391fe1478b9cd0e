package dev.rankwise.jobs.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Bars on one strip as wide as its place: beside each other for parts of a whole, below each other
 * for a comparison.
 */
public final class BarStrip {
  private static final int GAP = 2;

  private final int barHeight;
  private final List<List<Bar>> lanes = new ArrayList<>();
  private final List<Whisker> whiskers = new ArrayList<>();

  private record Whisker(int lane, double low, double high) {}

  /** A strip whose bars are {@code barHeight} pixels high. */
  public BarStrip(int barHeight) {
    this.barHeight = barHeight;
  }

  /** Adds a lane below the others with {@code bars} on it. */
  public BarStrip lane(List<Bar> bars) {
    lanes.add(List.copyOf(bars));
    return this;
  }

  /** Adds a lane below the others with one bar on it. */
  public BarStrip lane(Bar bar) {
    return lane(List.of(bar));
  }

  /** Marks on the last lane between which shares the bar's end lies for sure. */
  public BarStrip whisker(double low, double high) {
    whiskers.add(new Whisker(lanes.size() - 1, low, high));
    return this;
  }

  /** Draws the strip. */
  public void draw(Markup markup) {
    int height = lanes.size() * (barHeight + GAP) - GAP;
    markup.open("svg", "class", "strip", "height", Integer.toString(height), "role", "img");
    markup.element("title", title());
    for (int lane = 0; lane < lanes.size(); lane++) {
      for (Bar bar : lanes.get(lane)) {
        draw(markup, bar, lane * (barHeight + GAP));
      }
    }
    for (Whisker whisker : whiskers) {
      draw(markup, whisker);
    }
    markup.close();
  }

  private String title() {
    List<String> titles = new ArrayList<>();
    lanes.forEach(lane -> lane.forEach(bar -> titles.add(bar.title())));
    return String.join("; ", titles);
  }

  private void draw(Markup markup, Bar bar, int top) {
    if (!(bar.length() > 0)) {
      return;
    }
    markup
        .open(
            "rect",
            "x",
            percent(bar.from()),
            "y",
            Integer.toString(top),
            "width",
            percent(bar.length()),
            "height",
            Integer.toString(barHeight),
            "class",
            bar.ink().cssClass())
        .element("title", bar.title())
        .close();
  }

  private void draw(Markup markup, Whisker whisker) {
    int middle = whisker.lane() * (barHeight + GAP) + barHeight / 2;
    int reach = barHeight / 4;
    line(markup, whisker.low(), middle, whisker.high(), middle);
    line(markup, whisker.low(), middle - reach, whisker.low(), middle + reach);
    line(markup, whisker.high(), middle - reach, whisker.high(), middle + reach);
  }

  private static void line(Markup markup, double x1, int y1, double x2, int y2) {
    markup.leaf(
        "line",
        "x1",
        percent(x1),
        "y1",
        Integer.toString(y1),
        "x2",
        percent(x2),
        "y2",
        Integer.toString(y2),
        "class",
        "whisker");
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.3f%%", 100 * share);
  }
}
