package dev.rankwise.jobs.page;

import dev.rankwise.jobs.chart.Markup;
import java.util.function.Consumer;

/**
 * A piece of HTML that stands within a page of somebody else, such as the output of a notebook: it
 * looks as it does in pages of ours, and its style reaches nothing outside of it.
 */
public final class PieceFrame {
  /** The class of the element around a piece. */
  public static final String CSS_CLASS = "rankwise";

  /** The class of pieces of which only the last is shown. */
  private static final String FRAME = "rankwise-frame";

  // What a page has room for and a piece has not, and a frame that another one follows.
  private static final String OWN =
      """
      .rankwise { max-width: 1040px; padding: 4px 8px; }
      .rankwise section:first-of-type { border-top: 0; margin-top: 0; padding-top: 4px; }
      .rankwise .line.ink-second { stroke: var(--second); stroke-width: 2; stroke-dasharray: 7 3; }
      .rankwise .line.ink-third { stroke: var(--third); stroke-width: 2; stroke-dasharray: 2 3; }
      .rankwise .line.ink-fourth { stroke: var(--fourth); stroke-width: 2; stroke-dasharray: 9 3 2 3; }
      .rankwise .line.ink-fifth { stroke: var(--fifth); stroke-width: 3; }
      .rankwise .tokens span, .rankwise .tokens mark { border: 1px solid var(--rule); border-radius: 3px; padding: 0 3px; color: var(--ink); background: var(--sheet); display: inline-block; line-height: 1.35; margin: 1px 0; }
      .rankwise .tokens mark { border-color: var(--main); background: var(--second-back); font-weight: 600; }
      .rankwise-frame:has(~ .rankwise-frame) { display: none; }
      """;

  private PieceFrame() {}

  /** The whole piece; the same bytes for the same content. */
  public static String around(Consumer<Markup> content) {
    Markup piece = new Markup();
    style(piece);
    piece.open("div", "class", CSS_CLASS);
    content.accept(piece);
    return finished(piece);
  }

  /** What {@link #frame} needs before the first one. */
  public static String beginning() {
    Markup piece = new Markup();
    style(piece);
    return piece.line().finished();
  }

  /**
   * A piece in the place of the one before it: of several that follow each other the last shows.
   */
  public static String frame(Consumer<Markup> content) {
    Markup piece = new Markup();
    piece.open("div", "class", CSS_CLASS + " " + FRAME);
    content.accept(piece);
    return finished(piece);
  }

  private static String finished(Markup piece) {
    // To Zeppelin, a line of a text that begins with % would be another output, of a kind it names.
    return piece.close().line().finished().replace("\n%", "\n&#37;");
  }

  private static void style(Markup piece) {
    piece.style(ScopedStyle.of(PageFrame.stylesheet(), "." + CSS_CLASS) + OWN);
    // Patterns of an element that is not shown fill nothing, so they stand before all pieces.
    piece.open("div", "class", CSS_CLASS);
    PageFrame.patterns(piece);
    piece.close();
  }
}
