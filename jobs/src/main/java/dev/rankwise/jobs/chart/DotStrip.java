package dev.rankwise.jobs.chart;

import java.util.List;

/**
 * Values as dots on a strip as wide as its place, with an upright line at their mean. Strips over
 * the same axis lie below each other, and the marks of the axis below them all.
 */
public final class DotStrip {
  private static final int HEIGHT = 22;
  private static final int RADIUS = 5;

  /** A strip has this much of its place left and right of the axis, so that no dot is cut. */
  private static final double MARGIN = 0.03;

  /**
   * A dot.
   *
   * @param value where on the axis
   * @param title what it says, for those who point at it or cannot see it
   */
  public record Dot(double value, String title) {}

  private DotStrip() {}

  /**
   * Draws a strip.
   *
   * @param title what it shows
   */
  public static void draw(Markup markup, Axis axis, List<Dot> dots, String title) {
    markup.open("svg", "class", "strip", "height", Integer.toString(HEIGHT), "role", "img");
    markup.element("title", title);
    for (double mark : axis.marks()) {
      upright(markup, place(axis, mark), 0, HEIGHT, "grid");
    }
    for (Dot dot : dots) {
      markup
          .open(
              "circle",
              "cx",
              place(axis, dot.value()),
              "cy",
              Integer.toString(HEIGHT / 2),
              "r",
              Integer.toString(RADIUS),
              "class",
              "dot")
          .element("title", dot.title())
          .close();
    }
    dots.stream()
        .mapToDouble(Dot::value)
        .average()
        .ifPresent(mean -> upright(markup, place(axis, mean), 2, HEIGHT - 2, "whisker"));
    markup.close();
  }

  /** Writes the marks of the axis, each followed by {@code unit}. */
  public static void marks(Markup markup, Axis axis, String unit) {
    markup.open("svg", "class", "strip marks", "height", "16", "aria-hidden", "true");
    for (double mark : axis.marks()) {
      markup.element(
          "text",
          axis.label(mark) + unit,
          "x",
          place(axis, mark),
          "y",
          "12",
          "class",
          "level-mark");
    }
    markup.close();
  }

  private static void upright(Markup markup, String x, int top, int bottom, String css) {
    markup.leaf(
        "line",
        "x1",
        x,
        "x2",
        x,
        "y1",
        Integer.toString(top),
        "y2",
        Integer.toString(bottom),
        "class",
        css);
  }

  private static String place(Axis axis, double value) {
    return BarStrip.percent(MARGIN + (1 - 2 * MARGIN) * axis.share(value));
  }
}
