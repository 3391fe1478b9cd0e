package dev.rankwise.benchmarks.scale;

import java.util.List;
import java.util.Locale;

/** A picture of panels side by side for a page of the documents, readable on light and on dark. */
final class Picture {
  private static final int LEFT = 62;
  private static final int TOP = 78;
  private static final int PANEL_HEIGHT = 210;
  private static final int GAP = 34;
  private static final int WIDTH = 960;
  private static final int HEIGHT = TOP + PANEL_HEIGHT + 56;
  private static final String STYLE =
      """
        <style>
          .ground { fill: #ffffff }
          .panel { fill: #f6f8fb; stroke: #c3cedd }
          .grid { stroke: #d9e1ec }
          .a { stroke: #3d5a80; fill: #3d5a80 } .b { stroke: #b8651b; fill: #b8651b } .c { stroke: #3f7d4e; fill: #3f7d4e }
          .d { stroke: #8a4fa3; fill: #8a4fa3 } .e { stroke: #6b7280; fill: #6b7280 }
          path { fill: none !important; stroke-width: 2 }
          rect.a, rect.b, rect.c, rect.d, rect.e { stroke: none }
          text { fill: #1d2733; font-size: 13px }
          .name { font-size: 15px; font-weight: 600 }
          .note { font-size: 11px; fill: #4a5768 }
          @media (prefers-color-scheme: dark) {
            .ground { fill: #0d1117 }
            .panel { fill: #1d2733; stroke: #4a5768 } .grid { stroke: #33415a }
            .a { stroke: #8fb3e0; fill: #8fb3e0 } .b { stroke: #f0b068; fill: #f0b068 } .c { stroke: #86cf97; fill: #86cf97 }
            .d { stroke: #d3a4e6; fill: #d3a4e6 } .e { stroke: #a9b4c2; fill: #a9b4c2 }
            text { fill: #eef3f9 } .note { fill: #b8c4d4 }
          }
        </style>
      """;

  private final StringBuilder text = new StringBuilder();
  private final int panels;
  private int panel = -1;

  /**
   * An empty picture.
   *
   * @param description what it shows, for who does not see it
   * @param note under the title
   */
  Picture(String title, String description, String note, int panels) {
    this.panels = panels;
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %s %s\" font-family=\"system-ui,"
            + " sans-serif\" role=\"img\" aria-labelledby=\"t d\">",
        WIDTH, HEIGHT);
    add("  <title id=\"t\">%s</title>", title);
    add("  <desc id=\"d\">%s</desc>", description);
    text.append(STYLE);
    add("  <rect class=\"ground\" width=\"%s\" height=\"%s\" rx=\"8\"/>", WIDTH, HEIGHT);
    add("  <text class=\"name\" x=\"20\" y=\"24\">%s</text>", title);
    add("  <text class=\"note\" x=\"%s\" y=\"24\" text-anchor=\"end\">%s</text>", WIDTH - 20, note);
  }

  /** What each colour stands for, in the order of the classes a to e. */
  Picture legend(List<String> names) {
    int x = 20;
    for (int i = 0; i < names.size(); i++) {
      add("  <rect class=\"%s\" x=\"%s\" y=\"38\" width=\"14\" height=\"10\"/>", ink(i), x);
      add("  <text x=\"%s\" y=\"48\">%s</text>", x + 20, names.get(i));
      x += 44 + 8 * names.get(i).length();
    }
    return this;
  }

  /** Begins the next panel, with marks from bottom to top and from left to right. */
  Picture panel(String name, List<String> upright, List<String> level) {
    panel++;
    double x = left();
    add(
        "  <rect class=\"panel\" x=\"%.1f\" y=\"%s\" width=\"%.1f\" height=\"%s\"/>",
        x, TOP, width(), PANEL_HEIGHT);
    add("  <text class=\"name\" x=\"%.1f\" y=\"%s\">%s</text>", x, TOP - 8, name);
    for (int i = 0; i < upright.size(); i++) {
      double y = TOP + PANEL_HEIGHT * (1 - (double) i / (upright.size() - 1));
      add(
          "  <line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
          x, x + width(), y, y);
      if (panel == 0) {
        add(
            "  <text class=\"note\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
            x - 5, y + 4, upright.get(i));
      }
    }
    for (int i = 0; i < level.size(); i++) {
      add(
          "  <text class=\"note\" x=\"%.1f\" y=\"%s\" text-anchor=\"middle\">%s</text>",
          x + width() * i / (level.size() - 1), TOP + PANEL_HEIGHT + 16, level.get(i));
    }
    return this;
  }

  /** A line; places and values are shares of the panel, and what leaves it is cut off. */
  Picture line(int ink, double[] places, double[] values) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < places.length; i++) {
      double value = Math.max(0, Math.min(1, values[i]));
      path.append(path.isEmpty() ? 'M' : 'L')
          .append(number(left() + width() * places[i]))
          .append(' ')
          .append(number(TOP + PANEL_HEIGHT * (1 - value)));
    }
    add("  <path class=\"%s\" d=\"%s\"/>", ink(ink), path);
    return this;
  }

  /** A column of parts, from the bottom up, of shares of the panel. */
  Picture column(double place, double wide, double[] parts) {
    double below = 0;
    for (int i = 0; i < parts.length; i++) {
      add(
          "  <rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
          ink(i),
          left() + width() * (place - wide / 2),
          TOP + PANEL_HEIGHT * (1 - below - parts[i]),
          width() * wide,
          PANEL_HEIGHT * parts[i]);
      below += parts[i];
    }
    return this;
  }

  /** What the level axis counts. */
  Picture across(String what) {
    add(
        "  <text class=\"note\" x=\"%s\" y=\"%s\" text-anchor=\"middle\">%s</text>",
        WIDTH / 2, HEIGHT - 14, what);
    return this;
  }

  String svg() {
    return text + "</svg>\n";
  }

  private double width() {
    return (WIDTH - LEFT - 24 - GAP * (panels - 1.0)) / panels;
  }

  private double left() {
    return LEFT + panel * (width() + GAP);
  }

  private static String ink(int place) {
    return String.valueOf((char) ('a' + place));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  private void add(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
