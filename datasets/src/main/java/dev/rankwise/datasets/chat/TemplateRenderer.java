package dev.rankwise.datasets.chat;

import dev.rankwise.datasets.chat.RenderedChat.TurnSpan;
import dev.rankwise.datasets.chat.RowRenderings.Opening;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.template.ChatTemplate;
import dev.rankwise.datasets.template.TemplateBounds;
import dev.rankwise.datasets.template.TemplateException;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A base's own template, carried out within bounds.
 *
 * <p>The assistant's turns lie where the template marks them by {@code generation}, or else where
 * {@link TurnPlaces} finds them. A row whose calls of tools the template leaves out is rejected,
 * and so is one that takes too many steps: see {@link TemplateBounds}.
 *
 * @param source the template
 * @param tokens the tokenizer's marks, {@code bos_token} and {@code eos_token} in a template
 */
public record TemplateRenderer(String source, TextMarks tokens) implements ChatRenderer {
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
      renderer.renderings(trial).rendered(trial, Opening.NONE);
    } catch (TemplateException failure) {
      if (failure.kind() != TemplateException.Kind.REFUSED) {
        throw unusable("the chat template of " + origin, failure);
      }
    }
    return renderer;
  }

  @Override
  public RenderedChat render(Conversation conversation) {
    try {
      RowRenderings renderings = renderings(conversation);
      ChatTemplate.Rendered whole = renderings.rendered(conversation, Opening.NONE);
      requireCalls(conversation, whole.text(), renderings);
      return template().marksGeneration()
          ? marked(conversation, whole, renderings)
          : new TurnPlaces(renderings, conversation, whole.text(), tokens.end()).found();
    } catch (TemplateException failure) {
      requireRead(failure);
      boolean ignored =
          !source.contains("tool_calls")
              && conversation.turns().stream().anyMatch(RowRenderings::callsTools);
      throw new UnusableRow(
          ignored ? RejectionReason.TOOL_CALLS_LEFT_OUT : RejectionReason.TEMPLATE_REFUSED);
    }
  }

  @Override
  public String prompt(Conversation conversation) {
    try {
      return renderings(conversation).rendered(conversation, Opening.ANSWER).text();
    } catch (TemplateException failure) {
      requireRead(failure);
      throw new UnusableRow(RejectionReason.TEMPLATE_REFUSED);
    }
  }

  /**
   * Fails where a row shows that the template uses what is not read: the row is not to blame, and
   * others like it would be lost one by one.
   */
  private static void requireRead(TemplateException failure) {
    if (failure.kind() == TemplateException.Kind.OUTSIDE) {
      throw unusable("the chat template", failure);
    }
  }

  private static UserInputException unusable(String template, TemplateException failure) {
    return new UserInputException(
        "Cannot use %s: %s; name one of the known formats in data.chat-format: %s"
            .formatted(template, failure.getMessage(), String.join(", ", ChatFormat.labels())),
        failure);
  }

  @Override
  public Map<String, String> described() {
    return Map.of("chat-format", "template " + ContentHash.hexOf(source));
  }

  /** Fails where the whole says the same without the tools that a turn calls. */
  private static void requireCalls(
      Conversation conversation, String whole, RowRenderings renderings) {
    for (int i = 0; i < conversation.turns().size(); i++) {
      Turn turn = conversation.turns().get(i);
      if (RowRenderings.callsTools(turn)) {
        Conversation silent = conversation.replacing(i, RowRenderings.withoutCalls(turn));
        if (renderings.attempted(silent, Opening.NONE).filter(whole::equals).isPresent()) {
          throw new UnusableRow(RejectionReason.TOOL_CALLS_LEFT_OUT);
        }
      }
    }
  }

  /**
   * The marked parts are trained on as they are, whatever their number: an answer may have several,
   * such as its text and its end, or none.
   */
  private RenderedChat marked(
      Conversation conversation, ChatTemplate.Rendered rendered, RowRenderings renderings) {
    String text = rendered.text();
    List<TextSpan> parts =
        rendered.generated().stream()
            .filter(part -> part[1] > part[0])
            .map(part -> new TextSpan(part[0], part[1]))
            .toList();
    if (parts.isEmpty()) {
      return told(conversation, text, List.of());
    }
    return oneEach(conversation, text, parts)
        .or(() -> new TurnPlaces(renderings, conversation, text, tokens.end()).ofAnswers(parts))
        .map(turns -> told(conversation, text, turns))
        .orElseThrow(() -> new UnusableRow(RejectionReason.TEMPLATE_DISAGREES));
  }

  /**
   * A turn that nothing marks and that says of itself whether it is trained on has no sure place:
   * what it says must not be passed over.
   */
  private static RenderedChat told(Conversation conversation, String text, List<TurnSpan> places) {
    Set<Integer> placed = places.stream().map(TurnSpan::turn).collect(Collectors.toSet());
    List<Integer> unsure =
        IntStream.range(0, conversation.turns().size())
            .filter(i -> conversation.turns().get(i).loss() != TurnLoss.AS_THE_RECIPE_SAYS)
            .filter(i -> !placed.contains(i))
            .boxed()
            .toList();
    return new RenderedChat(text, places, unsure);
  }

  /**
   * One part for each answer, without another rendering: where each part says what its answer does,
   * and the text between two of them says what is said between those.
   */
  private static Optional<List<TurnSpan>> oneEach(
      Conversation conversation, String text, List<TextSpan> parts) {
    List<Integer> answers = conversation.assistantTurns();
    if (answers.size() != parts.size()) {
      return Optional.empty();
    }
    List<TurnSpan> places = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      TextSpan part = parts.get(i);
      int answer = answers.get(i);
      List<Turn> turns = conversation.turns();
      boolean sure =
          says(text.substring(part.start(), part.end()), turns.subList(answer, answer + 1))
              && (i == 0
                  || says(
                      text.substring(parts.get(i - 1).end(), part.start()),
                      turns.subList(answers.get(i - 1) + 1, answer)));
      if (!sure) {
        return Optional.empty();
      }
      places.add(new TurnSpan(answer, part));
    }
    return Optional.of(places);
  }

  /** Whether a part of the text has what each of the turns says; silence is no sign. */
  private static boolean says(String part, List<Turn> turns) {
    return !turns.isEmpty()
        && turns.stream()
            .map(turn -> turn.text().strip())
            .allMatch(said -> !said.isEmpty() && part.contains(said));
  }

  private RowRenderings renderings(Conversation conversation) {
    return new RowRenderings(template(), tokens, RowRenderings.bounds(conversation));
  }

  private ChatTemplate template() {
    return READ.computeIfAbsent(source, ChatTemplate::of);
  }
}
