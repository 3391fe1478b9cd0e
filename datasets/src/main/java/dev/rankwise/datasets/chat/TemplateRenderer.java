package dev.rankwise.datasets.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.datasets.chat.RenderedChat.TurnSpan;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.template.ChatTemplate;
import dev.rankwise.datasets.template.TemplateBounds;
import dev.rankwise.datasets.template.TemplateException;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A base's own template, carried out within bounds.
 *
 * <p>The assistant's turns lie where the template marks them by {@code generation}. A template
 * without these marks is rendered once more for each turn: up to where the assistant answers, and
 * up to the turn's end. Each of these texts must be the start of the whole, or else the template
 * treats a turn differently once another follows, and the row is rejected.
 *
 * @param source the template
 * @param tokens the tokenizer's marks, {@code bos_token} and {@code eos_token} in a template
 */
public record TemplateRenderer(String source, TextMarks tokens) implements ChatRenderer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ConcurrentMap<String, ChatTemplate> READ = new ConcurrentHashMap<>();

  public TemplateRenderer {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(tokens, "tokens");
  }

  /**
   * A renderer whose template is known to be carried out: it was tried on a question and an answer.
   *
   * @param origin the file that the template comes from, for messages
   * @throws UserInputException if the template is broken or uses what is not read
   */
  public static TemplateRenderer checked(String source, TextMarks tokens, String origin) {
    TemplateRenderer renderer = new TemplateRenderer(source, tokens);
    Conversation trial =
        new Conversation(
            List.of(Turn.of(Role.USER, "question"), Turn.of(Role.ASSISTANT, "answer")));
    try {
      renderer.text(trial, 2, Opening.NONE);
    } catch (TemplateException failure) {
      if (failure.kind() != TemplateException.Kind.REFUSED) {
        throw new UserInputException(
            ("Cannot use the chat template of %s: %s; name one of the known formats in"
                    + " data.chat-format: %s")
                .formatted(origin, failure.getMessage(), String.join(", ", ChatFormat.labels())),
            failure);
      }
    }
    return renderer;
  }

  @Override
  public RenderedChat render(Conversation conversation) {
    try {
      return template().marksGeneration() ? marked(conversation) : compared(conversation);
    } catch (TemplateException failure) {
      throw new UnusableRow(RejectionReason.TEMPLATE_REFUSED);
    }
  }

  @Override
  public String prompt(Conversation conversation) {
    try {
      return text(conversation, conversation.turns().size(), Opening.ANSWER).text();
    } catch (TemplateException failure) {
      throw new UnusableRow(RejectionReason.TEMPLATE_REFUSED);
    }
  }

  @Override
  public Map<String, String> described() {
    return Map.of("chat-format", "template " + ContentHash.hexOf(source));
  }

  private enum Opening {
    NONE,
    ANSWER
  }

  private RenderedChat marked(Conversation conversation) {
    ChatTemplate.Rendered rendered = text(conversation, conversation.turns().size(), Opening.NONE);
    List<Integer> answers = new ArrayList<>();
    for (int i = 0; i < conversation.turns().size(); i++) {
      if (conversation.turns().get(i).role() == Role.ASSISTANT) {
        answers.add(i);
      }
    }
    if (answers.size() != rendered.generated().size()) {
      throw new UnusableRow(RejectionReason.TEMPLATE_DISAGREES);
    }
    List<TurnSpan> turns = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      int[] part = rendered.generated().get(i);
      turns.add(new TurnSpan(answers.get(i), new TextSpan(part[0], part[1])));
    }
    return new RenderedChat(rendered.text(), turns);
  }

  private RenderedChat compared(Conversation conversation) {
    int count = conversation.turns().size();
    String whole = text(conversation, count, Opening.NONE).text();
    List<TurnSpan> turns = new ArrayList<>();
    int before = 0;
    for (int i = conversation.firstSpoken(); i < count; i++) {
      boolean answers = conversation.turns().get(i).role() == Role.ASSISTANT;
      String end = i + 1 == count ? whole : text(conversation, i + 1, Opening.NONE).text();
      int start = before;
      if (answers) {
        String prompt = text(conversation, i, Opening.ANSWER).text();
        requireStart(whole, prompt);
        start = prompt.length();
      }
      requireStart(whole, end);
      if (start > end.length()) {
        throw new UnusableRow(RejectionReason.TEMPLATE_DISAGREES);
      }
      // A line break that parts turns is not the model's to write.
      int last = answers && end.endsWith("\n") ? end.length() - 1 : end.length();
      turns.add(new TurnSpan(i, new TextSpan(start, Math.max(start, last))));
      before = end.length();
    }
    return new RenderedChat(whole, turns);
  }

  private static void requireStart(String whole, String start) {
    if (!whole.startsWith(start)) {
      throw new UnusableRow(RejectionReason.TEMPLATE_DISAGREES);
    }
  }

  private ChatTemplate.Rendered text(Conversation conversation, int turns, Opening opening) {
    List<Object> messages = new ArrayList<>();
    for (Turn turn : conversation.turns().subList(0, turns)) {
      messages.add(message(turn));
    }
    Map<String, Object> variables = new LinkedHashMap<>();
    variables.put("messages", messages);
    variables.put("add_generation_prompt", opening == Opening.ANSWER);
    variables.put("bos_token", tokens.start());
    variables.put("eos_token", tokens.end());
    variables.put("tools", null);
    variables.put("documents", null);
    return template().render(variables, TemplateBounds.usual());
  }

  private ChatTemplate template() {
    return READ.computeIfAbsent(source, ChatTemplate::of);
  }

  private static Map<String, Object> message(Turn turn) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("role", turn.role().word());
    message.put("content", turn.text());
    if (!turn.fields().isEmpty()) {
      try {
        JSON.readTree(turn.fields())
            .properties()
            .forEach(field -> message.put(field.getKey(), value(field.getValue())));
      } catch (JsonProcessingException broken) {
        throw new UnusableRow(RejectionReason.MALFORMED_TURNS);
      }
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
