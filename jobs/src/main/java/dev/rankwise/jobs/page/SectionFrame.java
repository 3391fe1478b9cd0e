package dev.rankwise.jobs.page;

import dev.rankwise.datasets.image.PngFile;
import dev.rankwise.jobs.chart.BarStrip;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import java.util.Base64;
import java.util.List;

/** What all sections of a page look like. */
public final class SectionFrame {
  /** Letters of a label that are shown; the whole label is its title. */
  public static final int LABEL_LETTERS = 48;

  /** Height and width at which the style shows a picture: of a smaller one the pixels are seen. */
  private static final int SHOWN_PIXELS = 96;

  private SectionFrame() {}

  /** Opens a section: its heading, and the sentence that says what one sees and how to read it. */
  public static void open(Markup page, String id, String heading, String reading) {
    page.line().open("section", "id", id).line();
    page.element("h2", heading).element("p", reading, "class", "reading").line();
  }

  /** A heading within a section, with its own sentence. */
  public static void part(Markup page, String heading, String reading) {
    page.element("h3", heading).element("p", reading, "class", "reading").line();
  }

  /** Opens a table that scrolls by itself where it is too wide; the first column is as asked. */
  public static void openTable(Markup page, String css, String... headings) {
    page.open("div", "class", "scrolling").open("table", "class", css).open("thead").open("tr");
    for (String heading : headings) {
      page.element("th", heading, "scope", "col");
    }
    page.close().close().open("tbody").line();
  }

  /** Closes what {@link #openTable} opened. */
  public static void closeTable(Markup page) {
    page.close().close().close().line();
  }

  /** A user's word in the head of a row: cut if long, its whole as title. */
  public static void rowHead(Markup page, String label) {
    page.open("th", "scope", "row", "title", label);
    page.element("bdi", NumberText.cut(label, LABEL_LETTERS)).close();
  }

  /** A name in the head of a row, with a few words about it below. */
  public static void rowHead(Markup page, String name, String description) {
    page.open("th", "scope", "row").text(name);
    page.element("small", description).close();
  }

  /**
   * Pictures of a row as a model sees them, in the page itself: it stays one file.
   *
   * @param pictures PNG files of squares
   */
  public static void pictures(Markup page, List<byte[]> pictures) {
    if (pictures.isEmpty()) {
      return;
    }
    page.open("span", "class", "pictures");
    for (byte[] png : pictures) {
      page.leaf(
          "img",
          "class",
          PngFile.side(png) < SHOWN_PIXELS ? "enlarged" : "reduced",
          "src",
          "data:image/png;base64," + Base64.getEncoder().encodeToString(png),
          "alt",
          "picture of the row");
    }
    page.close();
  }

  /** A figure to three decimals, unless it is too large for these to matter. */
  public static double rounded(double value) {
    return Double.isFinite(value) && Math.abs(value) < 1e6 ? Math.round(value * 1e3) / 1e3 : value;
  }

  /** A row of a table of bars: what it is of, its bar, its figure. */
  public static void barRow(
      Markup page, String name, String description, BarStrip strip, String figure) {
    page.open("tr");
    rowHead(page, name, description);
    page.open("td", "class", "bar");
    strip.draw(page);
    page.close();
    page.element("td", figure, "class", "number big").close().line();
  }

  /** A cell with a number. */
  public static void number(Markup page, String text) {
    page.element("td", text, "class", "number");
  }
}
