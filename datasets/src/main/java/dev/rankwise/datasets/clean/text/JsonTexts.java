package dev.rankwise.datasets.clean.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The texts in a list of turns that is JSON: all strings but those that name a thing, such as a
 * role. Numbers, keys and their order stay as they are.
 */
public final class JsonTexts {
  private static final Set<String> NAMES =
      Set.of("role", "from", "type", "name", "id", "tool_call_id");

  /** What says who speaks, of which each turn has one. */
  private static final List<String> SPEAKERS = List.of("role", "from");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private final JsonNode root;

  private JsonTexts(JsonNode root) {
    this.root = root;
  }

  /** The turns that a value lists; nothing where it is a text of its own, JSON or not. */
  public static Optional<JsonTexts> of(String value) {
    String start = value.stripLeading();
    if (!start.startsWith("[")) {
      return Optional.empty();
    }
    try {
      JsonNode root = JSON.readTree(value);
      JsonNode first = root.path(0);
      boolean turns = SPEAKERS.stream().anyMatch(key -> first.path(key).isTextual());
      return turns ? Optional.of(new JsonTexts(root)) : Optional.empty();
    } catch (JsonProcessingException text) {
      return Optional.empty();
    }
  }

  /** Its texts in order. */
  public List<String> texts() {
    List<String> texts = new ArrayList<>();
    mapped(
        root.deepCopy(),
        text -> {
          texts.add(text);
          return text;
        });
    return texts;
  }

  /** The JSON with each text changed. */
  public String with(UnaryOperator<String> change) {
    return mapped(root.deepCopy(), change).toString();
  }

  private static JsonNode mapped(JsonNode node, UnaryOperator<String> change) {
    if (node.isTextual()) {
      return TextNode.valueOf(change.apply(node.textValue()));
    }
    if (node instanceof ArrayNode list) {
      for (int i = 0; i < list.size(); i++) {
        list.set(i, mapped(list.get(i), change));
      }
    }
    if (node instanceof ObjectNode object) {
      List<String> keys = new ArrayList<>();
      object.fieldNames().forEachRemaining(keys::add);
      for (String key : keys) {
        if (!NAMES.contains(key) || !object.get(key).isTextual()) {
          object.set(key, mapped(object.get(key), change));
        }
      }
    }
    return node;
  }
}
