package dev.rankwise.jobs.chart;

/** What tables of shaded cells have alike: the frame around them and the names of their rows. */
final class ShadedTable {
  private ShadedTable() {}

  /**
   * Opens the drawing, in a frame that scrolls where the page is narrower: two elements to close.
   *
   * @param title what it shows
   * @param description the same in figures, for those who cannot see it; empty for none
   * @param width of the drawing, in pixels
   * @param height likewise
   */
  static void open(Markup markup, String title, String description, int width, int height) {
    String name = markup.newIdentifier();
    String told = description.isEmpty() ? "" : markup.newIdentifier();
    markup.open(
        "div", "class", "scrolling", "tabindex", "0", "role", "region", "aria-label", title);
    markup.open(
        "svg",
        "class",
        "heat",
        "width",
        Integer.toString(width),
        "height",
        Integer.toString(height),
        "viewBox",
        "0 0 " + width + " " + height,
        "role",
        "img",
        "aria-labelledby",
        told.isEmpty() ? name : name + " " + told);
    markup.element("title", title, "id", name);
    if (!told.isEmpty()) {
      markup.element("desc", description, "id", told);
    }
    markup.line();
  }

  /** The name of a row, which ends at {@code right}: a short form, the whole as its title. */
  static void rowLabel(Markup markup, String label, String shown, int right, int baseline) {
    markup
        .open(
            "text",
            "x",
            Integer.toString(right),
            "y",
            Integer.toString(baseline),
            "class",
            "row-label")
        .element("title", label)
        .text(shown)
        .close();
  }
}
