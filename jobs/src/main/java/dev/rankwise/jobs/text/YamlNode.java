package dev.rankwise.jobs.text;

import java.util.List;

/** What a YAML text holds: texts, lists and maps. What a text means is decided by its key. */
public sealed interface YamlNode {

  /** The name of this kind of value, for messages. */
  String kind();

  /** Whether nothing is given: {@code null}, {@code ~} or no text at all, without quotes. */
  default boolean isNull() {
    return false;
  }

  /**
   * One text, number, switch or nothing.
   *
   * @param text as written, escapes resolved
   * @param plain whether it stood there without quotes
   */
  record Scalar(String text, boolean plain) implements YamlNode {
    @Override
    public String kind() {
      return plain ? "\"" + text + "\"" : "the text \"" + text + "\"";
    }

    @Override
    public boolean isNull() {
      return plain && (text.isEmpty() || text.equals("~") || text.equals("null"));
    }
  }

  /** A list. */
  record Items(List<YamlNode> items) implements YamlNode {
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public String kind() {
      return "a list";
    }
  }

  /** A map, in the order in which it is written. */
  record Entries(List<Entry> entries) implements YamlNode {
    public Entries {
      entries = List.copyOf(entries);
    }

    @Override
    public String kind() {
      return "a map";
    }
  }

  /**
   * One entry of a map.
   *
   * @param line where its key stands, from 1
   */
  record Entry(String key, YamlNode value, int line) {}
}
