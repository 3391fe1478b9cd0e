package dev.rankwise.models.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.text.PrintableText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The fields of a {@code config.json}, each read with its type and range. */
final class ConfigFields {
  private final Path file;
  private final ObjectNode fields;

  ConfigFields(Path file, ObjectNode fields) {
    this.file = file;
    this.fields = fields;
  }

  boolean has(String name) {
    return fields.hasNonNull(name);
  }

  /** Whether a field is there, be it null. */
  boolean mentions(String name) {
    return fields.has(name);
  }

  /** The fields of an object, or none where it is missing or null. */
  ConfigFields within(String name) {
    if (!has(name)) {
      return new ConfigFields(file, JsonNodeFactory.instance.objectNode());
    }
    if (!(fields.get(name) instanceof ObjectNode)) {
      throw wrong(name, fields.get(name), "must be an object");
    }
    return new ConfigFields(file, (ObjectNode) fields.get(name));
  }

  /** A whole number from {@code least} to {@code most}. */
  int integer(String name, int least, int most) {
    JsonNode node = required(name);
    if (!node.isIntegralNumber()
        || !node.canConvertToLong()
        || node.longValue() < least
        || node.longValue() > most) {
      throw wrong(name, node, "must be a whole number from %s to %s".formatted(least, most));
    }
    return node.intValue();
  }

  int integer(String name, int least, int most, int otherwise) {
    return has(name) ? integer(name, least, most) : otherwise;
  }

  /** A number above 0 and at most {@code most}. */
  double positive(String name, double most) {
    required(name);
    return positive(name, most, 0);
  }

  double positive(String name, double most, double otherwise) {
    if (!has(name)) {
      return otherwise;
    }
    JsonNode node = required(name);
    double value = node.doubleValue();
    if (!node.isNumber() || !(value > 0) || !(value <= most)) {
      throw wrong(name, node, "must be a number above 0 and at most " + most);
    }
    return value;
  }

  String text(String name, String otherwise) {
    if (!has(name)) {
      return otherwise;
    }
    JsonNode node = required(name);
    if (!node.isTextual() || node.textValue().isEmpty()) {
      throw wrong(name, node, "must be a text");
    }
    return node.textValue();
  }

  String text(String name) {
    required(name);
    return text(name, "");
  }

  boolean flag(String name, boolean otherwise) {
    if (!has(name)) {
      return otherwise;
    }
    JsonNode node = required(name);
    if (!node.isBoolean()) {
      throw wrong(name, node, "must be true or false");
    }
    return node.booleanValue();
  }

  /** The only entry of a list of texts, or {@code otherwise} where the list is missing. */
  String single(String name, String otherwise) {
    if (!has(name)) {
      return otherwise;
    }
    JsonNode node = required(name);
    if (!node.isArray() || node.size() != 1 || !node.get(0).isTextual()) {
      throw wrong(name, node, "must be a list with one name");
    }
    return node.get(0).textValue();
  }

  /** A list of {@code size} texts. */
  List<String> texts(String name, int size) {
    JsonNode node = required(name);
    List<String> texts = new ArrayList<>();
    for (JsonNode text : node) {
      if (text.isTextual()) {
        texts.add(text.textValue());
      }
    }
    if (!node.isArray() || node.size() != size || texts.size() != size) {
      throw wrong(name, node, "must be a list of %s names".formatted(size));
    }
    return texts;
  }

  /** The texts of a map from "0", "1" … to texts, in the order of those numbers. */
  List<String> numberedTexts(String name) {
    JsonNode node = required(name);
    List<String> texts = new ArrayList<>();
    for (int i = 0; node.isObject() && i < node.size(); i++) {
      JsonNode text = node.get(Integer.toString(i));
      if (text != null && text.isTextual()) {
        texts.add(text.textValue());
      }
    }
    if (!node.isObject() || texts.size() != node.size()) {
      throw wrong(name, node, "must map the numbers from 0 without a gap to texts");
    }
    return texts;
  }

  Activation activation(String name, String otherwise) {
    String text = text(name, otherwise);
    return Activation.named(text)
        .orElseThrow(() -> unsupported(name, text, "supported are " + Activation.allNames()));
  }

  /** Refuses a variant of the architecture that is not computed here. */
  void requireFlag(String name, boolean supported, boolean otherwise) {
    if (flag(name, otherwise) != supported) {
      throw unsupported(name, Boolean.toString(!supported), "supported is " + supported);
    }
  }

  /** Refuses a variant of the architecture that is not computed here. */
  void requireText(String name, String supported) {
    if (!text(name, supported).equals(supported)) {
      throw unsupported(name, text(name, supported), "supported is " + supported);
    }
  }

  UserInputException unsupported(String name, String value, String rule) {
    return new UserInputException(
        "Base %s has %s \"%s\", which is not supported: %s; choose another base"
            .formatted(file, name, shown(value), rule));
  }

  CorruptFileException wrong(String name, Object value, String rule) {
    return new CorruptFileException(
        ("Configuration file %s cannot be used: %s is %s and %s; fetch the base again "
                + "or mend the file")
            .formatted(file, name, shown(value.toString()), rule));
  }

  private JsonNode required(String name) {
    if (!has(name)) {
      throw wrong(name, "missing", "is needed");
    }
    return fields.get(name);
  }

  private static String shown(String value) {
    return PrintableText.of(value, 120);
  }
}
