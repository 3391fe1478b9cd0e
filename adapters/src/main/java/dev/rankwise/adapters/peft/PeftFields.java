package dev.rankwise.adapters.peft;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.text.PrintableText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;

/** The fields of an {@code adapter_config.json}, each read as one kind of value or refused. */
final class PeftFields {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Characters of a value that a message quotes. */
  private static final int MOST_SHOWN = 200;

  private final Path file;
  private final ObjectNode fields;

  PeftFields(Path file, ObjectNode fields) {
    this.file = file;
    this.fields = fields;
  }

  /** Names in the file, sorted. */
  List<String> names() {
    TreeSet<String> names = new TreeSet<>();
    fields.fieldNames().forEachRemaining(names::add);
    return List.copyOf(names);
  }

  /** Whether a field asks for nothing: it is absent, null, false, or empty. */
  boolean isOff(String name) {
    JsonNode value = fields.path(name);
    return value.isMissingNode()
        || value.isNull()
        || (value.isBoolean() && !value.booleanValue())
        || (value.isContainerNode() && value.isEmpty());
  }

  /** The value as the file spells it, for messages. */
  String spelled(String name) {
    return fields.path(name).toString();
  }

  boolean flag(String name) {
    JsonNode value = present(name);
    if (value == null) {
      return false;
    }
    return require(name, value, value.isBoolean(), "true or false").booleanValue();
  }

  int integer(String name, int absent) {
    JsonNode value = present(name);
    return value == null ? absent : integer(name, value);
  }

  double number(String name, double absent) {
    JsonNode value = present(name);
    return value == null ? absent : number(name, value);
  }

  String text(String name, String absent) {
    JsonNode value = present(name);
    if (value == null) {
      return absent;
    }
    return require(name, value, value.isTextual(), "a text").textValue();
  }

  /** Modules named by a list, an expression, or not at all. */
  ModuleChoice modules(String name) {
    JsonNode value = present(name);
    if (value == null) {
      return ModuleChoice.unset();
    }
    return value.isTextual() ? ModuleChoice.of(value.textValue()) : ModuleChoice.of(texts(name));
  }

  /** The JSON text of an object; empty if the field is absent or null. */
  String object(String name) {
    JsonNode value = present(name);
    return value == null ? "" : require(name, value, value.isObject(), "an object").toString();
  }

  /** The value that a text of {@link #object} stands for. */
  static JsonNode parsed(String object) {
    try {
      return object.isEmpty() ? JsonNodeFactory.instance.nullNode() : MAPPER.readTree(object);
    } catch (JsonProcessingException e) {
      throw new InternalException("Not a JSON text: " + object, e);
    }
  }

  /** A list of texts, or one text. */
  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (JsonNode value : oneOrMore(name)) {
      texts.add(require(name, value, value.isTextual(), "a list of texts").textValue());
    }
    return texts;
  }

  /** A list of whole numbers, or one number. */
  List<Integer> integers(String name) {
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode value : oneOrMore(name)) {
      numbers.add(integer(name, value));
    }
    return numbers;
  }

  /** Lists of whole numbers by name; one list without a name stands for {@code unnamed}. */
  Map<String, List<Integer>> integersByName(String name, String unnamed) {
    JsonNode value = present(name);
    if (value == null) {
      return Map.of();
    }
    if (!value.isObject()) {
      return Map.of(unnamed, integers(name));
    }
    Map<String, List<Integer>> lists = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      require(name, value, entry.getValue().isArray(), "an object of lists of whole numbers");
      List<Integer> numbers = new ArrayList<>();
      entry.getValue().forEach(number -> numbers.add(integer(name, number)));
      lists.put(entry.getKey(), numbers);
    }
    return lists;
  }

  /** Lists of truth values by name, in the file's order. */
  Map<String, List<Boolean>> truthsByName(String name) {
    JsonNode value = present(name);
    if (value == null) {
      return Map.of();
    }
    String rule = "an object of lists of true and false";
    require(name, value, value.isObject(), rule);
    Map<String, List<Boolean>> lists = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      require(name, value, entry.getValue().isArray(), rule);
      List<Boolean> truths = new ArrayList<>();
      for (JsonNode truth : entry.getValue()) {
        require(name, value, truth.isBoolean(), rule);
        truths.add(truth.booleanValue());
      }
      lists.put(entry.getKey(), truths);
    }
    return lists;
  }

  Map<String, Integer> integerByPattern(String name) {
    return byPattern(name, value -> integer(name, value));
  }

  Map<String, Double> numberByPattern(String name) {
    return byPattern(name, value -> number(name, value));
  }

  /** An object, or a list of pairs, in the file's order: the first pattern that matches wins. */
  private <T> Map<String, T> byPattern(String name, Function<JsonNode, T> read) {
    Map<String, T> patterns = new LinkedHashMap<>();
    JsonNode value = present(name);
    if (value == null) {
      return patterns;
    }
    if (value.isObject()) {
      value.properties().forEach(e -> patterns.put(e.getKey(), read.apply(e.getValue())));
      return patterns;
    }
    require(name, value, value.isArray(), "an object of pattern and number");
    for (JsonNode pair : value) {
      boolean fits = pair.isArray() && pair.size() == 2 && pair.get(0).isTextual();
      require(name, pair, fits, "a list of pairs of pattern and number");
      patterns.putIfAbsent(pair.get(0).textValue(), read.apply(pair.get(1)));
    }
    return patterns;
  }

  /** A value that PEFT knows and that is not supported here. */
  UserInputException unsupported(String name, String rule) {
    return new UserInputException(
        "Unsupported %s: %s in %s (%s)"
            .formatted(name, PrintableText.of(spelled(name), MOST_SHOWN), file, rule));
  }

  private JsonNode present(String name) {
    JsonNode value = fields.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private Iterable<JsonNode> oneOrMore(String name) {
    JsonNode value = present(name);
    if (value == null) {
      return List.of();
    }
    return value.isArray() ? value : List.of(value);
  }

  private int integer(String name, JsonNode value) {
    boolean whole = value.isIntegralNumber() && value.canConvertToInt();
    return require(name, value, whole, "a whole number of at most 31 bits").intValue();
  }

  private double number(String name, JsonNode value) {
    return require(name, value, value.isNumber(), "a number").doubleValue();
  }

  private JsonNode require(String name, JsonNode value, boolean fits, String rule) {
    if (!fits) {
      throw new CorruptFileException(
          "Adapter configuration %s cannot be used: %s is %s where %s is needed; fetch or write the file again"
              .formatted(file, name, PrintableText.of(value.toString(), MOST_SHOWN), rule));
    }
    return value;
  }
}
