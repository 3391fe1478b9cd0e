package dev.rankwise.jobs.chart;

import java.util.Locale;

/**
 * How a mark is filled or drawn. The stylesheet gives each a colour for light and for dark, and
 * each differs from the others in brightness, pattern or thickness too, so that no reader depends
 * on colour.
 */
public enum Ink {
  /** The main thing: full blue. */
  MAIN,
  /** What it is compared with: hatched grey. */
  COMPARED,
  /** What was lost or went wrong: dotted orange. */
  LOST,
  /** What is merely there: pale grey. */
  PALE,
  /** A second kind: green with upright stripes. */
  SECOND,
  /** A third kind: purple with level stripes. */
  THIRD,
  /** A fourth kind: full dark yellow. */
  FOURTH,
  /** A fifth kind: sky blue with small squares. */
  FIFTH,
  /** A second line over filled marks: the colour of letters, dashed. */
  LETTERS;

  /** The class in the stylesheet. */
  String cssClass() {
    return "ink-" + name().toLowerCase(Locale.ROOT);
  }

  /** A sample of the ink for a legend. */
  public void swatch(Markup markup) {
    markup
        .open("svg", "class", "swatch", "aria-hidden", "true")
        .leaf("rect", "width", "100%", "height", "100%", "class", cssClass())
        .close();
  }

  /** A sample of a line in the ink for a legend. */
  void lineSwatch(Markup markup) {
    markup
        .open("svg", "class", "swatch", "aria-hidden", "true")
        .leaf("path", "d", "M0 6H22", "class", "line " + cssClass())
        .close();
  }
}
