package dev.rankwise.datasets.template;

import java.util.List;
import java.util.Map;

/** The values that only the interpreter makes. */
sealed interface Special {

  /**
   * The value of what is not there: empty as text, false, without items, and a fault when looked
   * into.
   *
   * @param name what was asked for, for messages
   */
  record Undefined(String name) implements Special {
    static final Undefined UNNAMED = new Undefined("a value");

    TemplateException used() {
      return TemplateException.fault("\"" + name + "\" is undefined");
    }
  }

  /**
   * A method that is not called. Python finds it before an entry of the same name, and it is true.
   *
   * @param name of the method
   */
  record Method(String name) implements Special {}

  /**
   * What {@code namespace()} makes: members that may be set from within loops.
   *
   * @param members by name; changes
   */
  record Namespace(Map<String, Object> members) implements Special {}

  /**
   * The variable {@code loop}.
   *
   * @param index place of the item, from 0
   * @param items all items of the loop
   * @param level loops around this one, from 1
   */
  record LoopState(int index, List<Object> items, int level) implements Special {

    Object member(String name) {
      long place = index;
      return switch (name) {
        case "index" -> place + 1;
        case "index0" -> place;
        case "revindex" -> items.size() - place;
        case "revindex0" -> items.size() - place - 1;
        case "first" -> index == 0;
        case "last" -> index == items.size() - 1;
        case "length" -> (long) items.size();
        case "depth" -> (long) level;
        case "depth0" -> level - 1L;
        case "previtem" -> index == 0 ? new Undefined(name) : items.get(index - 1);
        case "nextitem" -> index == items.size() - 1 ? new Undefined(name) : items.get(index + 1);
        default -> new Undefined("loop." + name);
      };
    }
  }

  /**
   * A macro with the scope that it was written in.
   *
   * @param statement its parameters and body
   * @param scope the variables around it
   */
  record Macro(Statement.Macro statement, Scope scope) implements Special {}
}
