package dev.rankwise.datasets.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.template.ChatTemplate;
import dev.rankwise.datasets.template.TemplateBounds;
import dev.rankwise.datasets.template.TemplateException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The renderings that one row takes: of its conversation, of its parts, of changed ones. */
final class RowRenderings {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CALLS = "tool_calls";

  private final ChatTemplate template;
  private final TextMarks tokens;
  private final TemplateBounds bounds;
  private long workLeft;

  /**
   * Renderings by a template.
   *
   * @param bounds what one of them may cost
   */
  RowRenderings(ChatTemplate template, TextMarks tokens, TemplateBounds bounds) {
    this.template = template;
    this.tokens = tokens;
    this.bounds = bounds;
    this.workLeft = bounds.workOfARow();
  }

  /** What one rendering of a conversation may cost. */
  static TemplateBounds bounds(Conversation conversation) {
    long characters = conversation.tools().length();
    for (Turn turn : conversation.turns()) {
      characters += turn.text().length() + (long) turn.fields().length();
    }
    return TemplateBounds.of(conversation.turns().size(), characters);
  }

  /** What a rendering ends with. */
  enum Opening {
    /** The last turn. */
    NONE,
    /** What stands before the assistant's answer. */
    ANSWER
  }

  /**
   * The text of a conversation.
   *
   * @throws TemplateException if it cannot be made, or the row has taken too many steps
   */
  ChatTemplate.Rendered rendered(Conversation conversation, Opening opening) {
    List<Object> messages = new ArrayList<>();
    for (Turn turn : conversation.turns()) {
      messages.add(message(turn));
    }
    Map<String, Object> variables = new LinkedHashMap<>();
    variables.put("messages", messages);
    variables.put("add_generation_prompt", opening == Opening.ANSWER);
    variables.put("bos_token", tokens.start());
    variables.put("eos_token", tokens.end());
    variables.put(
        "tools", conversation.tools().isEmpty() ? null : value(tree(conversation.tools())));
    variables.put("documents", null);
    ChatTemplate.Rendered rendered = template.render(variables, bounds.atMost(workLeft));
    workLeft = Math.max(1, workLeft - rendered.work());
    return rendered;
  }

  /** The text of a conversation; empty where the template does not take it. */
  Optional<String> attempted(Conversation conversation, Opening opening) {
    try {
      return Optional.of(rendered(conversation, opening).text());
    } catch (TemplateException failure) {
      if (failure.kind() == TemplateException.Kind.BOUND
          || failure.kind() == TemplateException.Kind.OUTSIDE) {
        throw failure;
      }
      return Optional.empty();
    }
  }

  /** Whether a turn calls tools. */
  static boolean callsTools(Turn turn) {
    return !turn.fields().isEmpty() && !tree(turn.fields()).path(CALLS).isEmpty();
  }

  /** The turn without its calls of tools. */
  static Turn withoutCalls(Turn turn) {
    ObjectNode fields = tree(turn.fields()).deepCopy();
    fields.remove(CALLS);
    return new Turn(turn.role(), turn.content(), turn.context(), fields.toString(), turn.loss());
  }

  private static JsonNode tree(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException broken) {
      throw new UnusableRow(RejectionReason.MALFORMED_TURNS);
    }
  }

  private static Map<String, Object> message(Turn turn) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("role", turn.role().word());
    message.put("content", turn.text());
    if (!turn.fields().isEmpty()) {
      tree(turn.fields())
          .properties()
          .forEach(field -> message.put(field.getKey(), value(field.getValue())));
    }
    return message;
  }

  private static Object value(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        node.properties().forEach(field -> map.put(field.getKey(), value(field.getValue())));
        yield map;
      }
      case ARRAY -> {
        List<Object> list = new ArrayList<>();
        node.forEach(item -> list.add(value(item)));
        yield list;
      }
      case STRING -> node.textValue();
      case BOOLEAN -> node.booleanValue();
      case NUMBER ->
          node.canConvertToLong() && node.isIntegralNumber()
              ? (Object) node.longValue()
              : (Object) node.doubleValue();
      default -> null;
    };
  }
}
