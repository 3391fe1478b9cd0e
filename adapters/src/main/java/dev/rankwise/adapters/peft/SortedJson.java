package dev.rankwise.adapters.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Prints an object as PEFT does, keys sorted and indented by two spaces, so that the files of both
 * differ only where they say different things.
 *
 * <p>Unlike PEFT's, objects inside it keep their order: of two patterns that fit a module the first
 * one counts, so sorting them can change the adapter.
 */
final class SortedJson {
  private static final String STEP = "  ";

  private SortedJson() {}

  /** The text of an object, with a line end after it. */
  static String print(JsonNode object) {
    Set<String> names = new TreeSet<>();
    object.fieldNames().forEachRemaining(names::add);
    return printObject(object, names, "") + "\n";
  }

  private static String print(JsonNode value, String indent) {
    if (value.isObject()) {
      Set<String> names = new LinkedHashSet<>();
      value.fieldNames().forEachRemaining(names::add);
      return printObject(value, names, indent);
    }
    if (value.isArray()) {
      List<String> parts = new ArrayList<>();
      value.forEach(element -> parts.add(print(element, indent + STEP)));
      return enclosed("[", parts, "]", indent);
    }
    return value.toString();
  }

  private static String printObject(JsonNode object, Set<String> names, String indent) {
    List<String> parts = new ArrayList<>();
    for (String name : names) {
      String text = print(object.get(name), indent + STEP);
      parts.add(JsonNodeFactory.instance.textNode(name) + ": " + text);
    }
    return enclosed("{", parts, "}", indent);
  }

  private static String enclosed(String open, List<String> parts, String close, String indent) {
    if (parts.isEmpty()) {
      return open + close;
    }
    String line = "\n" + indent;
    return open + line + STEP + String.join("," + line + STEP, parts) + line + close;
  }
}
