package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Bar;
import dev.rankwise.jobs.chart.Ink;
import dev.rankwise.jobs.chart.Markup;

/**
 * How one of several things that are shown side by side is told from the others.
 *
 * @param label its name
 * @param description what it is, in a few words
 * @param ink how its marks are drawn
 */
record Legend(String label, String description, Ink ink) {

  /** A sample of the ink, and the name. */
  void draw(Markup page) {
    ink.swatch(page);
    page.text(label);
  }

  /** A bar from the begin of a strip; {@code figure} is what it says in words. */
  Bar bar(double length, String figure) {
    return Bar.of(length, ink, label + ": " + figure);
  }
}
