package dev.rankwise.jobs.page;

import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.models.failure.InternalException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * A page for people: one HTML file that is also well-formed XML, with pictures as SVG, without
 * script and without a link to anything else, readable in light, in dark, on a phone and on paper.
 *
 * <p>Its own policy forbids the browser to run or load anything, so that even a mistake in the
 * escaping of a user's words could do no harm.
 */
public final class PageFrame {
  private static final String STYLESHEET = "page.css";
  private static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

  private PageFrame() {}

  /**
   * The whole page; the same bytes for the same title and sections.
   *
   * @param title what the browser calls it
   * @param sections writes what stands in it, from the heading on
   */
  public static String around(String title, Consumer<Markup> sections) {
    Markup page = new Markup();
    page.open("html", "lang", "en", "xmlns", "http://www.w3.org/1999/xhtml").line();
    head(page, title);
    page.open("body").line();
    patterns(page);
    page.open("main").line();
    sections.accept(page);
    page.close().line().close().line().close();
    return "<!DOCTYPE html>\n" + page.finished() + "\n";
  }

  private static void head(Markup page, String title) {
    page.open("head").line();
    page.leaf("meta", "charset", "utf-8").line();
    page.leaf("meta", "http-equiv", "Content-Security-Policy", "content", POLICY).line();
    page.leaf("meta", "name", "viewport", "content", "width=device-width, initial-scale=1").line();
    page.leaf("meta", "name", "color-scheme", "content", "light dark").line();
    page.leaf("link", "rel", "icon", "href", "data:,").line();
    page.element("title", title + " · Rankwise").line();
    page.style(stylesheet()).line();
    page.close().line();
  }

  /** The patterns that tell inks apart where colours do not, once for the whole page. */
  static void patterns(Markup page) {
    page.open("svg", "class", "patterns", "width", "0", "height", "0", "aria-hidden", "true");
    page.open("defs");
    pattern(page, "hatched", "M-1 1l2-2M0 6l6-6M5 7l2-2");
    pattern(page, "dotted", "M1.5 1.5h2v2h-2zM4.5 4.5h1v1h-1z");
    pattern(page, "upright", "M1.5 0v6M4.5 0v6");
    pattern(page, "level", "M0 1.5h6M0 4.5h6");
    page.close().close().line();
  }

  private static void pattern(Markup page, String name, String path) {
    page.open(
        "pattern",
        "id",
        name,
        "width",
        "6",
        "height",
        "6",
        "patternUnits",
        "userSpaceOnUse",
        "class",
        name);
    page.leaf("rect", "width", "6", "height", "6").leaf("path", "d", path).close();
  }

  static String stylesheet() {
    try (InputStream resource = PageFrame.class.getResourceAsStream(STYLESHEET)) {
      if (resource == null) {
        throw new InternalException("The stylesheet of pages is not in the jar");
      }
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
