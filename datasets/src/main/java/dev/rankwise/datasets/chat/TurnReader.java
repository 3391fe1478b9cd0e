package dev.rankwise.datasets.chat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.StrictUtf8;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a list of turns from JSON.
 *
 * <p>A turn is an object with {@code role} and {@code content}, or {@code from} and {@code value}.
 * The content is a text, a list of text parts, or null beside {@code tool_calls}. {@code weight} (0
 * or 1) or {@code train} (false or true) says whether the turn is trained on. Other keys are kept
 * for templates that know them; a null says nothing.
 */
final class TurnReader {
  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                  .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final Set<String> READ =
      Set.of("role", "from", "content", "value", "weight", "train");

  /** How the fields of a turn begin that has no content. */
  static final String NO_CONTENT = "{\"content\":null";

  private TurnReader() {}

  /**
   * The tools that the assistant may call, as a JSON list; empty for none.
   *
   * @param json a JSON list, or null
   */
  static String tools(String json) {
    if (json == null || json.isBlank()) {
      return "";
    }
    JsonNode list;
    try {
      list = JSON.readTree(json);
    } catch (JsonProcessingException malformed) {
      throw new UnusableRow(RejectionReason.MALFORMED_TOOLS);
    }
    if (!list.isArray() && !list.isNull()) {
      throw new UnusableRow(RejectionReason.MALFORMED_TOOLS);
    }
    return list.isEmpty() ? "" : list.toString();
  }

  static List<Turn> turns(String json) {
    JsonNode list;
    try {
      list = JSON.readTree(json);
    } catch (JsonProcessingException malformed) {
      throw new UnusableRow(RejectionReason.MALFORMED_TURNS);
    }
    if (list == null || !list.isArray()) {
      throw new UnusableRow(RejectionReason.MALFORMED_TURNS);
    }
    List<Turn> turns = new ArrayList<>();
    for (JsonNode turn : list) {
      turns.add(turn(turn));
    }
    return turns;
  }

  private static Turn turn(JsonNode turn) {
    if (!turn.isObject()) {
      throw new UnusableRow(RejectionReason.MALFORMED_TURNS);
    }
    JsonNode speaker = either(turn, "role", "from");
    if (!speaker.isTextual()) {
      throw new UnusableRow(RejectionReason.MALFORMED_TURNS);
    }
    Role role =
        Role.named(speaker.textValue())
            .orElseThrow(() -> new UnusableRow(RejectionReason.UNKNOWN_ROLE));
    JsonNode said = either(turn, "content", "value");
    ObjectNode others = JSON.createObjectNode();
    if (said.isNull() || said.isMissingNode()) {
      others.putNull("content");
    }
    for (Map.Entry<String, JsonNode> field : turn.properties()) {
      if (!READ.contains(field.getKey()) && !field.getValue().isNull()) {
        others.set(field.getKey(), field.getValue());
      }
    }
    String content = content(said, others.has("tool_calls"));
    return new Turn(role, content, "", others.isEmpty() ? "" : others.toString(), loss(turn));
  }

  private static JsonNode either(JsonNode turn, String name, String other) {
    return turn.has(name) ? turn.get(name) : turn.path(other);
  }

  private static String content(JsonNode content, boolean callsTools) {
    if (content.isTextual()) {
      return wellFormed(content.textValue());
    }
    if (content.isArray()) {
      StringBuilder text = new StringBuilder();
      for (JsonNode part : content) {
        if (!part.path("text").isTextual()) {
          throw new UnusableRow(RejectionReason.UNSUPPORTED_TURN);
        }
        text.append(wellFormed(part.get("text").textValue()));
      }
      return text.toString();
    }
    if (callsTools && (content.isNull() || content.isMissingNode())) {
      return "";
    }
    throw new UnusableRow(RejectionReason.MALFORMED_TURNS);
  }

  /** An escape may spell half of a surrogate pair, which no UTF-8 holds, or a control character. */
  private static String wellFormed(String text) {
    if (StrictUtf8.encode(text).isEmpty()) {
      throw new UnusableRow(RejectionReason.INVALID_UTF8);
    }
    if (StrictUtf8.hasControls(text)) {
      throw new UnusableRow(RejectionReason.CONTROL_CHARACTER);
    }
    return text;
  }

  private static TurnLoss loss(JsonNode turn) {
    JsonNode flag = either(turn, "train", "weight");
    if (flag.isMissingNode() || flag.isNull()) {
      return TurnLoss.AS_THE_RECIPE_SAYS;
    }
    boolean yes = flag.isBoolean() ? flag.booleanValue() : flag.isNumber() && flag.asDouble() == 1;
    boolean no = flag.isBoolean() ? !yes : flag.isNumber() && flag.asDouble() == 0;
    if (yes == no) {
      throw new UnusableRow(RejectionReason.MALFORMED_TURNS);
    }
    return yes ? TurnLoss.TRAINED : TurnLoss.NOT_TRAINED;
  }
}
