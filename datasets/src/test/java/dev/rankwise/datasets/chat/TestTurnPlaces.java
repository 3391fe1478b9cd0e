package dev.rankwise.datasets.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.template.ChatTemplate;
import dev.rankwise.datasets.template.TemplateBounds;
import dev.rankwise.datasets.template.TemplateException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers in the texts of templates that write a turn otherwise once another follows. */
final class TestTurnPlaces {
  private static final TextMarks MARKS = new TextMarks("<s>", "</s>", "");

  /** Closes the text unless an answer is asked for, as Phi's templates do. */
  private static final String CLOSES =
      "{% for m in messages %}{{ '<|' + m.role + '|>\\n' + m.content + '<|end|>\\n' }}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% else %}{{ eos_token }}"
          + "{% endif %}";

  /** Gives the last answer a thought, and earlier ones none, as Qwen3's template does. */
  private static final String THINKS =
      "{% set at = namespace(user=0) %}{% for m in messages %}{% if m.role == 'user' %}"
          + "{% set at.user = loop.index0 %}{% endif %}{% endfor %}"
          + "{% for m in messages %}{{ '<|' + m.role + '|>\\n' }}"
          + "{% set text = m.content if m.content is string else '' %}{% set thought = '' %}"
          + "{% if m.role == 'assistant' and '</think>' in text %}"
          + "{% set thought = text.split('</think>')[0].split('<think>')[-1].strip('\\n') %}"
          + "{% set text = text.split('</think>')[-1].lstrip('\\n') %}{% endif %}"
          + "{% if m.role == 'assistant' and loop.last and loop.index0 > at.user %}"
          + "{{ '<think>\\n' + thought + '\\n</think>\\n\\n' }}{% endif %}{{ text }}"
          + "{% for call in m.tool_calls %}{{ '\\n' if text }}"
          + "{{ '<call>' ~ call.function | tojson ~ '</call>' }}{% endfor %}{{ '<|end|>\\n' }}"
          + "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}";

  /** Opens a thought for the model, which no text of an answer shows, as DeepSeek-R1's does. */
  private static final String OPENS_A_THOUGHT =
      "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ '<U>' + m.content }}"
          + "{% elif m.role == 'assistant' %}"
          + "{{ '<A>' + m.content.split('</think>')[-1] + eos_token }}{% endif %}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<A><think>\\n' }}{% endif %}";

  /** Writes nothing of what the assistant said before. */
  private static final String FORGETS =
      "{% for m in messages %}{{ m.role }}:{{ m.content if loop.last or m.role == 'user' }};"
          + "{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}";

  @Test
  void aMarkThatClosesATextIsNoPartOfAnAnswer() {
    assertThat(trained(CLOSES, TrainOn.ASSISTANT, "u:Q1", "a:A1")).containsExactly("A1<|end|>");
    assertThat(trained(CLOSES, TrainOn.ASSISTANT, "s:S", "u:Q1", "a:A1", "u:Q2", "a:A2\n"))
        .containsExactly("A1<|end|>", "A2\n<|end|>");
    assertThat(trained(CLOSES, TrainOn.LAST_TURN, "u:Q1", "a:A1", "u:Q2", "a:"))
        .containsExactly("<|end|>");
    assertThat(trained(CLOSES, TrainOn.ALL, "u:Q", "a:A"))
        .containsExactly("<|user|>\nQ<|end|>\n<|assistant|>\nA<|end|>\n</s>");
  }

  @Test
  void aMarkThatEndsTheAnswerStaysWithIt() {
    String source =
        "{% for m in messages %}{{ m.role + ':' + m.content }}"
            + "{% if m.role == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
            + "{% if add_generation_prompt %}assistant:{% endif %}";
    String atTheEndAlone =
        "{% for m in messages %}{{ m.role + ':' + m.content }}{% endfor %}"
            + "{% if add_generation_prompt %}assistant:{% else %}{{ eos_token }}{% endif %}";

    assertThat(trained(source, TrainOn.ASSISTANT, "u:Q1", "a:A1", "u:Q2", "a:A2"))
        .containsExactly("A1</s>", "A2</s>");
    assertThat(trained(atTheEndAlone, TrainOn.ASSISTANT, "u:Q", "a:A")).containsExactly("A</s>");
  }

  @Test
  void theLastAnswerMayBeWrittenOtherwise() {
    assertThat(trained(THINKS, TrainOn.ASSISTANT, "u:Q", "a:A"))
        .containsExactly("<think>\n\n</think>\n\nA<|end|>");
    assertThat(
            trained(
                THINKS,
                TrainOn.ASSISTANT,
                "s:S",
                "u:Q1",
                "a:<think>\nhm\n</think>\n\nA1",
                "u:Q2",
                "a:A2 with <|end|>\nwithin",
                "u:Q3",
                "a:<think>\nso\n</think>\n\nA3"))
        .containsExactly(
            "A1<|end|>", "A2 with <|end|>\nwithin<|end|>", "<think>\nso\n</think>\n\nA3<|end|>");
  }

  @Test
  void callsOfToolsEndBeforeWhatTheToolSays() {
    assertThat(trained(THINKS, TrainOn.ASSISTANT, calling("rain", "42")))
        .containsExactly(
            "<call>{\"name\": \"rain\"}</call><|end|>", "<think>\n\n</think>\n\n3<|end|>");
  }

  @Test
  void aThoughtThatThePromptOpensIsNotNeededInTheText() {
    assertThat(trained(OPENS_A_THOUGHT, TrainOn.ASSISTANT, "u:Q", "a:hm</think>A"))
        .containsExactly("A</s>");
    assertThat(trained(OPENS_A_THOUGHT, TrainOn.ASSISTANT, "u:Q1", "a:A1", "u:Q2", "a:A2"))
        .containsExactly("A1</s>", "A2</s>");
  }

  @Test
  void textsThatLookLikeTheStandInAreTold() {
    assertThat(
            trained(OPENS_A_THOUGHT, TrainOn.ASSISTANT, "u:RankwiseStandIn", "a:RankwiseStandInx"))
        .containsExactly("RankwiseStandInx</s>");
  }

  @Test
  void onlyPlacesThatAreUsedMustBeSure() {
    String[] turns = {"u:Q1", "a:A1", "u:Q2", "a:A2"};

    assertDisagrees(FORGETS, TrainOn.ASSISTANT, talk(turns));
    assertThat(trained(FORGETS, TrainOn.LAST_TURN, turns)).containsExactly("A2;");
    assertThat(trained(FORGETS, TrainOn.ALL, turns))
        .containsExactly("user:Q1;assistant:;user:Q2;assistant:A2;");
    Conversation untrained =
        talk(turns).replacing(1, new Turn(Role.ASSISTANT, "A1", "", "", TurnLoss.NOT_TRAINED));
    assertDisagrees(FORGETS, TrainOn.ALL, untrained);
    assertThat(trained(FORGETS, TrainOn.ASSISTANT, untrained)).containsExactly("A2;");
  }

  @Test
  void turnsThatTheRowWantsTrainedAreFoundToo() {
    Conversation conversation =
        talk("u:Q1", "a:A1", "u:Q2", "a:A2")
            .replacing(2, new Turn(Role.USER, "Q2", "", "", TurnLoss.TRAINED));

    assertThat(trained(CLOSES, TrainOn.ASSISTANT, conversation))
        .containsExactly("A1<|end|>", "<|user|>\nQ2<|end|>\n", "A2<|end|>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for m in messages %}{{ m.content }}{% endfor %}"
            + "{% if add_generation_prompt %}{{ raise_exception('no') }}{% endif %}",
        "{% for m in messages %}{{ m.content }}{% endfor %}"
            + "{% if add_generation_prompt %}assistant:{% endif %}",
        "{% for m in messages %}<{{ m.content }}={{ m.content }}>{% endfor %}"
            + "{% if add_generation_prompt %}?{% endif %}",
        "{{ messages | length }}{% for m in messages %}<{{ m.content }}>{% endfor %}"
            + "{% if add_generation_prompt %}<{% endif %}",
        "{% for m in messages %}<{{ m.content | upper }}>{% endfor %}"
            + "{% if add_generation_prompt %}?{% endif %}"
      })
  void whatNoTwoRenderingsAgreeOnIsUnsure(String source) {
    assertDisagrees(source, TrainOn.ASSISTANT, talk("u:Q1", "a:A1", "u:Q2", "a:A2"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for m in messages %}<{{ m.role + m.content }}>{% endfor %}",
        "{% for m in messages %}<{{ m.role }}{{ m.content }}>{% endfor %}",
        "{% for m in messages %}<{{ m.role }}{{ m.content or '' }}>"
            + "{% if nothing and m.tool_calls %}call{% endif %}{% endfor %}"
      })
  void callsThatTheTemplateLeavesOutAreARejection(String source) {
    assertThatThrownBy(() -> new TemplateRenderer(source, MARKS).render(calling("rain", "42")))
        .isInstanceOfSatisfying(
            UnusableRow.class,
            row -> assertThat(row.reason()).isEqualTo(RejectionReason.TOOL_CALLS_LEFT_OUT));
  }

  @Test
  void contentThatIsNullStaysNull() {
    String source =
        "{% for m in messages %}{{ m.content is none }};{% for c in m.tool_calls %}call;{% endfor"
            + " %}{% endfor %}";

    assertThat(new TemplateRenderer(source, MARKS).render(calling("rain", "42")).text())
        .isEqualTo("False;True;call;False;False;");
  }

  @Test
  void toolsReachTheTemplate() {
    String source =
        "{% for t in tools or [] %}{{ t | tojson }};{% endfor %}{% for m in messages %}"
            + "{{ m.content }};{% endfor %}";
    TemplateRenderer renderer = new TemplateRenderer(source, MARKS);
    String turns = "[{\"role\":\"user\",\"content\":\"Q\"}]";

    assertThat(
            renderer.prompt(
                RowForm.MESSAGES.read(
                    Map.of("messages", turns, "tools", "[{\"name\": \"f\", \"n\": 1.0}]"))))
        .isEqualTo("{\"name\": \"f\", \"n\": 1.0};Q;");
    assertThat(renderer.prompt(RowForm.MESSAGES.read(Map.of("messages", turns)))).isEqualTo("Q;");
  }

  @Test
  void theRenderingsOfARowAreBoundedTogether() {
    Conversation conversation = talk("u:Q", "a:A");
    ChatTemplate template = ChatTemplate.of("{% for i in range(20) %}{{ i }}{% endfor %}");
    RowRenderings renderings = new RowRenderings(template, MARKS, new TemplateBounds(1_000, 1_000));

    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 10_000; i++) {
                renderings.attempted(conversation, RowRenderings.Opening.NONE);
              }
            })
        .isInstanceOfSatisfying(
            TemplateException.class,
            failure -> assertThat(failure.kind()).isEqualTo(TemplateException.Kind.BOUND));
  }

  private static List<String> trained(String source, TrainOn trainOn, String... turns) {
    return trained(source, trainOn, talk(turns));
  }

  private static List<String> trained(String source, TrainOn trainOn, Conversation conversation) {
    RenderedChat chat = new TemplateRenderer(source, MARKS).render(conversation);
    return trainOn.spans(conversation, chat).stream()
        .map(span -> chat.text().substring(span.start(), span.end()))
        .toList();
  }

  private static void assertDisagrees(String source, TrainOn trainOn, Conversation conversation) {
    assertThatThrownBy(() -> trained(source, trainOn, conversation))
        .isInstanceOfSatisfying(
            UnusableRow.class,
            row -> assertThat(row.reason()).isEqualTo(RejectionReason.TEMPLATE_DISAGREES));
  }

  private static Conversation calling(String name, String answer) {
    return RowForm.MESSAGES.read(
        Map.of(
            "messages",
            ("[{'role':'user','content':'Q'},{'role':'assistant','content':null,'tool_calls':"
                    + "[{'function':{'name':'"
                    + name
                    + "'}}]},{'role':'tool','content':'"
                    + answer
                    + "'},{'role':'assistant','content':'3'}]")
                .replace('\'', '"')));
  }

  private static Conversation talk(String... turns) {
    return new Conversation(
        List.of(turns).stream()
            .map(
                turn ->
                    Turn.of(
                        switch (turn.charAt(0)) {
                          case 's' -> Role.SYSTEM;
                          case 'u' -> Role.USER;
                          default -> Role.ASSISTANT;
                        },
                        turn.substring(2)))
            .toList());
  }
}
