package dev.rankwise.jobs.notebook;

import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.UserInputException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Sections of a page that a run or a sweep left, written anew: the pages are well-formed XML, so
 * they can be read back. What no page of ours has does not pass, since a notebook runs the scripts
 * of what it shows, whoever may have written the file since.
 */
final class PagePart {
  private static final Set<String> ELEMENTS =
      Set.of(
          "bdi",
          "br",
          "circle",
          "code",
          "dd",
          "desc",
          "details",
          "div",
          "dl",
          "dt",
          "figcaption",
          "figure",
          "g",
          "h1",
          "h2",
          "h3",
          "h4",
          "header",
          "img",
          "line",
          "p",
          "path",
          "pre",
          "rect",
          "section",
          "small",
          "span",
          "strong",
          "summary",
          "svg",
          "table",
          "tbody",
          "td",
          "text",
          "th",
          "thead",
          "title",
          "tr");

  /** What stands above all sections. */
  static final String HEADLINE = "headline";

  private static final String HEAD = "header";
  private static final Set<String> VOID = Set.of("br", "img");
  private static final Set<String> REFUSED = Set.of("href", "style", "action", "formaction");
  private static final String PICTURE = "data:image/png;base64,";

  private final String name;
  private final XMLStreamReader reader;

  private PagePart(String name, XMLStreamReader reader) {
    this.name = name;
    this.reader = reader;
  }

  /**
   * Copies sections of a page.
   *
   * @param name what messages call the page
   * @param page the whole page
   * @param sections ids of its sections, in the order in which they are to stand
   * @throws UserInputException if it is no page of ours, or has no such section
   */
  static void copy(String name, String page, List<String> sections, Markup into) {
    List<String> there = new ArrayList<>();
    for (String section : sections) {
      there.clear();
      if (!parsed(name, page).copies(section, there, into)) {
        throw new UserInputException(
            "No section \"%s\" in %s (it has %s); name one of these"
                .formatted(Redaction.shown(section), name, String.join(", ", there)));
      }
    }
  }

  private static PagePart parsed(String name, String page) {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    String body = page.replaceFirst("^<!DOCTYPE html>\\s*", "");
    try {
      return new PagePart(name, factory.createXMLStreamReader(new StringReader(body)));
    } catch (XMLStreamException e) {
      throw foreign(name, "it is no XML", e);
    }
  }

  private boolean copies(String section, List<String> there, Markup into) {
    try {
      while (reader.hasNext()) {
        if (reader.next() == XMLStreamConstants.START_ELEMENT
            && Set.of("section", HEAD).contains(reader.getLocalName())) {
          String id =
              reader.getLocalName().equals(HEAD)
                  ? HEADLINE
                  : String.valueOf(reader.getAttributeValue(null, "id"));
          there.add(id);
          if (id.equals(section)) {
            element(into);
            return true;
          }
        }
      }
      return false;
    } catch (XMLStreamException e) {
      throw foreign(name, "it is no XML", e);
    }
  }

  /** Copies the element that has just begun, to its end. */
  private void element(Markup into) throws XMLStreamException {
    String element = reader.getLocalName();
    if (!ELEMENTS.contains(element)) {
      throw foreign(name, "it has an element \"%s\"".formatted(Redaction.shown(element)), null);
    }
    String[] attributes = attributes();
    if (VOID.contains(element)) {
      into.leaf(element, attributes);
      end();
      return;
    }
    into.open(element, attributes);
    for (int event = reader.next();
        event != XMLStreamConstants.END_ELEMENT;
        event = reader.next()) {
      if (event == XMLStreamConstants.START_ELEMENT) {
        element(into);
      } else if (event == XMLStreamConstants.CHARACTERS) {
        into.text(reader.getText());
      }
    }
    into.close();
  }

  private void end() throws XMLStreamException {
    while (reader.next() != XMLStreamConstants.END_ELEMENT) {
      // An element that holds nothing.
    }
  }

  private String[] attributes() {
    List<String> attributes = new ArrayList<>();
    for (int i = 0; i < reader.getAttributeCount(); i++) {
      String attribute = reader.getAttributeLocalName(i);
      String value = reader.getAttributeValue(i);
      String lower = attribute.toLowerCase(Locale.ROOT);
      boolean foreign =
          lower.startsWith("on")
              || REFUSED.contains(lower)
              || (lower.equals("src") && !value.startsWith(PICTURE));
      if (foreign) {
        throw foreign(name, "it has an attribute \"%s\"".formatted(attribute), null);
      }
      attributes.add(attribute);
      attributes.add(value);
    }
    return attributes.toArray(String[]::new);
  }

  private static UserInputException foreign(String name, String why, Exception cause) {
    return new UserInputException(
        "%s is no page that Rankwise wrote: %s; run what should have written it again"
            .formatted(name, why),
        cause);
  }
}
