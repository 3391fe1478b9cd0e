package dev.rankwise.jobs.text;

import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads YAML into {@link YamlNode}s from the parser's events, so that nothing a text says can build
 * an object, and a text of some bytes cannot stand for one of gigabytes.
 *
 * <p>Left out of YAML: tags, anchors and aliases, keys that are not texts, a key given twice in one
 * map, several documents, and nesting deeper than {@value #MAXIMUM_DEPTH}. Messages name the line
 * and never quote the text.
 */
public final class YamlReader {
  /** Most characters of a recipe. */
  public static final int MAXIMUM_CHARACTERS = 1 << 20;

  private static final int MAXIMUM_DEPTH = 20;

  private final Iterator<Event> events;

  private YamlReader(String yaml) {
    LoadSettings settings = LoadSettings.builder().setCodePointLimit(MAXIMUM_CHARACTERS).build();
    this.events = new Parse(settings).parseString(yaml).iterator();
  }

  /**
   * The one document of a text; nothing if it is empty.
   *
   * @throws UserInputException if it is not YAML, or more of YAML than is read here; the message is
   *     a part of a sentence
   */
  public static Optional<YamlNode> read(String yaml) {
    if (yaml.length() > MAXIMUM_CHARACTERS) {
      throw new UserInputException(
          "%s characters are too long for a recipe (must be at most %s); name data by its path"
              .formatted(yaml.length(), MAXIMUM_CHARACTERS));
    }
    try {
      return new YamlReader(yaml.startsWith("\uFEFF") ? yaml.substring(1) : yaml).document();
    } catch (MarkedYamlEngineException e) {
      throw new UserInputException(
          "line %s: not YAML: %s; mend the indentation, quotes or brackets there"
              .formatted(e.getProblemMark().map(YamlReader::line).orElse(1), rule(e)),
          e);
    } catch (YamlEngineException e) {
      throw new UserInputException(
          "not YAML: a character that YAML does not allow; keep to text in UTF-8", e);
    }
  }

  private static String rule(MarkedYamlEngineException e) {
    return Redaction.printable(e.getProblem());
  }

  private Optional<YamlNode> document() {
    Optional<YamlNode> document = Optional.empty();
    while (events.hasNext()) {
      Event event = events.next();
      if (event instanceof NodeEvent node) {
        if (document.isPresent()) {
          throw refused(event, "a second document", "keep one document in a recipe");
        }
        document = Optional.of(node(node, 1));
      }
    }
    return document.filter(node -> !node.isNull());
  }

  private YamlNode node(NodeEvent event, int depth) {
    if (event instanceof AliasEvent || event.getAnchor().isPresent()) {
      throw refused(event, "an anchor or alias", "write the value out where it is meant");
    }
    if (depth > MAXIMUM_DEPTH) {
      throw refused(
          event, "nesting deeper than " + MAXIMUM_DEPTH, "a recipe has sections, keys and values");
    }
    if (event instanceof ScalarEvent scalar) {
      requireNoTag(event, scalar.getTag());
      return new YamlNode.Scalar(scalar.getValue(), scalar.isPlain());
    }
    CollectionStartEvent start = (CollectionStartEvent) event;
    requireNoTag(event, start.getTag());
    return start.getEventId() == Event.ID.SequenceStart ? items(depth) : entries(depth);
  }

  private YamlNode items(int depth) {
    List<YamlNode> items = new ArrayList<>();
    Event event = events.next();
    while (event.getEventId() != Event.ID.SequenceEnd) {
      items.add(node((NodeEvent) event, depth + 1));
      event = events.next();
    }
    return new YamlNode.Items(items);
  }

  private YamlNode entries(int depth) {
    List<YamlNode.Entry> entries = new ArrayList<>();
    Set<String> keys = new TreeSet<>();
    Event event = events.next();
    while (event.getEventId() != Event.ID.MappingEnd) {
      int line = event.getStartMark().map(YamlReader::line).orElse(1);
      if (!(node((NodeEvent) event, depth + 1) instanceof YamlNode.Scalar key)) {
        throw refused(event, "a key that is no text", "write key: value");
      }
      if (!keys.add(key.text())) {
        throw refused(
            event, "the key \"" + Redaction.shown(key.text()) + "\" a second time", "keep one");
      }
      entries.add(new YamlNode.Entry(key.text(), node((NodeEvent) events.next(), depth + 1), line));
      event = events.next();
    }
    return new YamlNode.Entries(entries);
  }

  private static void requireNoTag(Event event, Optional<String> tag) {
    if (tag.isPresent()) {
      throw refused(event, "a tag", "write the value without it");
    }
  }

  private static UserInputException refused(Event event, String what, String remedy) {
    return new UserInputException(
        "line %s: %s is not read in a recipe; %s"
            .formatted(event.getStartMark().map(YamlReader::line).orElse(1), what, remedy));
  }

  private static int line(Mark mark) {
    return mark.getLine() + 1;
  }
}
