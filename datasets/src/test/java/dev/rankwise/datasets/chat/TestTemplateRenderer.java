package dev.rankwise.datasets.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.models.Golden;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestTemplateRenderer {
  private static final TextMarks MARKS = new TextMarks("<s>", "</s>", "<s>");
  private static final String CHATML =
      "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content +"
          + " '<|im_end|>\\n' }}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
  private static final String MARKED_CHATML =
      "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' }}"
          + "{% if message.role == 'assistant' %}"
          + "{% generation %}{{ message.content + '<|im_end|>' }}{% endgeneration %}"
          + "{% else %}{{ message.content + '<|im_end|>' }}{% endif %}{{ '\\n' }}{% endfor %}";

  /** Marks answers that it changes, and writes a prompt that no conversation goes on with. */
  private static final String SHOUTS =
      "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}"
          + "{{ m.content | upper }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}"
          + "{% endfor %}{{ '?' if add_generation_prompt }}";

  @ParameterizedTest
  @ValueSource(strings = {CHATML, MARKED_CHATML})
  void aTemplateOfAKnownFormatGivesTheSameTextAndAnswers(String source) {
    TemplateRenderer renderer = TemplateRenderer.checked(source, MARKS, "the test");
    int compared = 0;
    for (JsonNode golden : Golden.json(Golden.own("chat/cases.json")).path("cases")) {
      if (golden.path("format").asText().equals("chatml")) {
        Conversation conversation =
            new Conversation(TurnReader.turns(golden.path("messages").toString()));
        RenderedChat expected = ChatFormat.CHATML.render(conversation, MARKS);

        RenderedChat chat = renderer.render(conversation);

        assertThat(chat.text()).isEqualTo(expected.text());
        assertThat(TrainOn.ASSISTANT.spans(conversation, chat))
            .isEqualTo(TrainOn.ASSISTANT.spans(conversation, expected));
        compared++;
      }
    }
    assertThat(compared).isPositive();
  }

  @Test
  void allMarkedPartsAreTrainedOnAsInTransformersAndBelongToTheirAnswers() {
    int several = 0;
    for (JsonNode golden : Golden.json(Golden.own("chat/marked-parts.json")).path("cases")) {
      String name = golden.path("name").asText();
      Conversation conversation =
          new Conversation(TurnReader.turns(golden.path("messages").toString()));
      List<String> generated = texts(golden.path("text").asText(), golden.path("generated"));

      RenderedChat chat =
          new TemplateRenderer(golden.path("template").asText(), MARKS).render(conversation);

      assertThat(chat.text()).as(name).isEqualTo(golden.path("text").asText());
      assertThat(trained(TrainOn.ASSISTANT, conversation, chat)).as(name).isEqualTo(generated);
      // The last answer has all that is marked after the last question that is answered.
      String last = conversation.turns().get(conversation.lastAssistantTurn()).content();
      int first = Math.max(0, generated.size() - 1);
      while (first > 0 && !generated.get(first).contains(last)) {
        first--;
      }
      assertThat(trained(TrainOn.LAST_TURN, conversation, chat))
          .as(name)
          .isEqualTo(generated.subList(first, generated.size()));
      several += generated.size() > conversation.assistantTurns().size() ? 1 : 0;
    }
    assertThat(several).isGreaterThan(5);
  }

  private static List<String> texts(String text, JsonNode spans) {
    List<String> parts = new ArrayList<>();
    for (JsonNode span : spans) {
      String part = text.substring(span.get(0).asInt(), span.get(1).asInt());
      if (!part.isEmpty()) {
        parts.add(part);
      }
    }
    return parts;
  }

  private static List<String> trained(
      TrainOn trainOn, Conversation conversation, RenderedChat chat) {
    return trainOn.spans(conversation, chat).stream()
        .map(span -> chat.text().substring(span.start(), span.end()))
        .toList();
  }

  @Test
  void aPartThatTakesInTheTurnBeforeItsAnswerBelongsToNone() {
    assertRejected(
        "{% generation %}{% for m in messages %}{{ '[' + m.role + ']' + m.content }}{% endfor %}"
            + "{% endgeneration %}{{ '[assistant]' if add_generation_prompt }}",
        RejectionReason.TEMPLATE_DISAGREES);
  }

  @Test
  void aTurnsOwnFieldsReachTheTemplateByTheirNames() {
    Conversation conversation =
        new Conversation(
            TurnReader.turns(
                "[{\"role\":\"user\",\"content\":\"w\"},{\"role\":\"assistant\",\"content\":\"a\","
                    + "\"thinking\":\"t\",\"reasoning_content\":\"r\"}]"));
    String source =
        "{% for m in messages %}{{ m.thinking }};{{ m.reasoning_content }};{{ m.content }};"
            + "{% endfor %}{{ '?' if add_generation_prompt }}";

    assertThat(new TemplateRenderer(source, MARKS).render(conversation).text())
        .isEqualTo(";;w;t;r;a;");
  }

  @Test
  void turnsOfOthersHaveTheirPlaceToo() {
    Conversation conversation =
        new Conversation(
            List.of(
                Turn.of(Role.SYSTEM, "s"),
                new Turn(Role.USER, "a", "", "", TurnLoss.TRAINED),
                Turn.of(Role.ASSISTANT, "b")));

    RenderedChat chat = new TemplateRenderer(CHATML, MARKS).render(conversation);

    assertThat(TrainOn.LAST_TURN.spans(conversation, chat))
        .extracting(span -> chat.text().substring(span.start(), span.end()))
        .containsExactly(
            "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\na<|im_end|>\n", "b<|im_end|>");
  }

  @Test
  void toolCallsReachTheTemplate() {
    Conversation conversation =
        new Conversation(
            TurnReader.turns(
                "[{\"role\":\"user\",\"content\":\"w\"},{\"role\":\"assistant\",\"content\":null,"
                    + "\"tool_calls\":[{\"function\":{\"name\":\"rain\",\"arguments\":"
                    + "{\"days\":2,\"share\":0.5,\"sure\":true,\"not\":null,\"at\":[\"x\"]}}}]}]"));
    String source =
        "{% for m in messages %}{{ m.role }}:{{ m.content or '' }}"
            + "{% if m.tool_calls %}{{ m.tool_calls[0].function | tojson }}{% endif %};{% endfor %}"
            + "{% if add_generation_prompt %}assistant:{% endif %}{{ bos_token if tools }}";

    assertThat(new TemplateRenderer(source, MARKS).render(conversation).text())
        .isEqualTo(
            "user:w;assistant:{\"name\": \"rain\", \"arguments\": {\"days\": 2, \"share\": 0.5,"
                + " \"sure\": true, \"not\": null, \"at\": [\"x\"]}};");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ messages | length }}{% if add_generation_prompt %}?{% endif %}",
        "{% for m in messages %}{{ m.content if loop.last }}{% endfor %}",
        "{{ messages | length }}" + SHOUTS,
        "{% for i in range(2) %}{{ messages[loop.index0 * 2].content }}{% generation %}"
            + "{{ messages[5].content | upper }}{% endgeneration %}{% endfor %}{% generation %}"
            + "{{ eos_token }}{% endgeneration %}{{ '?' if add_generation_prompt }}",
        "{% for m in messages %}x{% endfor %}{% if add_generation_prompt %}xxxx{% endif %}xxxxxxx"
      })
  void answersWithoutASurePlaceAreARejection(String source) {
    assertRejected(source, RejectionReason.TEMPLATE_DISAGREES);
  }

  /** As many parts as answers, the first of which says by chance what the first answer does. */
  @Test
  void aPartIsAnAnswersOnlyWhereWhatIsSaidBetweenLiesBetween() {
    String source =
        "{% for m in messages %}{% if loop.last and m.role == 'assistant' %}"
            + "{% generation %}#assistant{% endgeneration %}:"
            + "{% generation %}{{ m.content }}{% endgeneration %};"
            + "{% else %}#{{ m.role }}:{{ m.content }};{% endif %}{% endfor %}"
            + "{{ '#assistant:' if add_generation_prompt }}";
    Conversation conversation = talk("question", "a", "more", "a");
    RenderedChat chat = new TemplateRenderer(source, MARKS).render(conversation);

    assertThat(chat.text()).isEqualTo("#user:question;#assistant:a;#user:more;#assistant:a;");
    assertThat(trained(TrainOn.LAST_TURN, conversation, chat)).containsExactly("#assistant", "a");
  }

  @Test
  void anAnswerThatTheTemplateChangesStartsWhereAllBeforeItIsSaid() {
    Conversation conversation = talk("question", "answer", "more", "end");
    RenderedChat chat = new TemplateRenderer(SHOUTS, MARKS).render(conversation);

    assertThat(trained(TrainOn.ASSISTANT, conversation, chat)).containsExactly("ANSWER", "END");
    assertThat(trained(TrainOn.LAST_TURN, conversation, chat)).containsExactly("END");
  }

  @Test
  void anAnswerWithoutWordsIsPlacedByRendering() {
    String source =
        "{% for m in messages %}#{{ m.role }}:{% if loop.last and m.role == 'assistant' %}"
            + "{% generation %}<{% endgeneration %}{{ messages[loop.index0 - 1].content }}"
            + "{% generation %}{{ m.content }}>{% endgeneration %};"
            + "{% else %}{{ m.content }};{% endif %}{% endfor %}"
            + "{{ '#assistant:' if add_generation_prompt }}";
    Conversation conversation = talk("question", "", "more", "a");
    RenderedChat chat = new TemplateRenderer(source, MARKS).render(conversation);

    assertThat(trained(TrainOn.LAST_TURN, conversation, chat)).containsExactly("<", "a>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for m in messages %}{{ m.content }}{% endfor %}"
            + "{% generation %}{% endgeneration %}{% generation %}{% endgeneration %}",
        "{% for m in messages %}{{ m.content }}{% endfor %}"
            + "{% if false %}{% generation %}{% endgeneration %}{% endif %}"
      })
  void whatATemplateMarksNothingOfIsNotTrainedOn(String source) {
    Conversation conversation = talk("question", "answer", "more", "end");
    RenderedChat chat = new TemplateRenderer(source, MARKS).render(conversation);

    assertThat(trained(TrainOn.ASSISTANT, conversation, chat)).isEmpty();
    assertThat(trained(TrainOn.LAST_TURN, conversation, chat)).isEmpty();
    assertThat(trained(TrainOn.ALL, conversation, chat)).containsExactly("questionanswermoreend");
    Conversation wanted =
        conversation.replacing(1, new Turn(Role.ASSISTANT, "answer", "", "", TurnLoss.TRAINED));
    RenderedChat other = new TemplateRenderer(source, MARKS).render(wanted);
    assertThatThrownBy(() -> TrainOn.ASSISTANT.spans(wanted, other))
        .isInstanceOfSatisfying(
            UnusableRow.class,
            row -> assertThat(row.reason()).isEqualTo(RejectionReason.TEMPLATE_DISAGREES));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ raise_exception('no') }}",
        "{{ nothing.a }}",
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
      })
  void aConversationThatTheTemplateDoesNotTakeIsARejection(String source) {
    assertRejected(source, RejectionReason.TEMPLATE_REFUSED);
  }

  /** The template asks for the function somewhere, and calls it elsewhere all the same. */
  @Test
  void aRowThatShowsThatTheTemplateIsNotReadEndsThePreparation() {
    String source =
        "{% if today is defined %}{{ today() }}{% endif %}"
            + "{% for m in messages %}{% if m.content == 'when' %}{{ today() }}{% endif %}"
            + "{{ m.content }}{% endfor %}";
    TemplateRenderer renderer = TemplateRenderer.checked(source, MARKS, "base \"x\"");

    assertThat(renderer.prompt(talk("what", "that", "and"))).isEqualTo("whatthatand");
    for (ThrowingCallable rendering :
        List.<ThrowingCallable>of(
            () -> renderer.render(talk("when", "now")), () -> renderer.prompt(talk("when")))) {
      assertThatThrownBy(rendering)
          .isInstanceOf(UserInputException.class)
          .hasMessageStartingWith(
              "Cannot use the chat template: line 1 uses the function today, which is not read"
                  + " here; name one of the known formats in data.chat-format: chatml, ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% include 'a' %}",
        "{{ 1",
        "{{ nothing.a }}",
        "{{ strftime_now('%Y') }}",
        "{{ 'a'.find('b', 1) }}",
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
      })
  void aTemplateThatIsNotReadIsRefusedWithTheKnownFormats(String source) {
    assertThatThrownBy(() -> TemplateRenderer.checked(source, MARKS, "base \"x\""))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot use the chat template of base \"x\": ")
        .hasMessageEndingWith(
            "; name one of the known formats in data.chat-format: chatml, llama2, llama3, mistral,"
                + " gemma, zephyr, phi3, alpaca, plain");
  }

  @Test
  void markedPartsWithinMarkedPartsAreRefusedByName() {
    String source =
        "{% generation %}{% if true %}{% generation %}a{% endgeneration %}{% endif %}"
            + "{% endgeneration %}";

    assertThatThrownBy(() -> TemplateRenderer.checked(source, MARKS, "base \"x\""))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith(
            "Cannot use the chat template of base \"x\": line 1 uses {% generation %} inside"
                + " another, which is not read here; name one of the known formats in"
                + " data.chat-format: chatml, ");
  }

  @Test
  void aTemplateThatRefusesTheTrialMayTakeTheRows() {
    assertThat(TemplateRenderer.checked("{{ raise_exception('no') }}", MARKS, "x").described())
        .containsKey("chat-format");
  }

  /** A turn that is to be left out, or trained on besides, and that nothing marks. */
  @Test
  void whatATurnSaysOfItselfIsNotPassedOverWhereOnlyAnswersAreMarked() {
    Conversation secret = conversationWith(TurnLoss.NOT_TRAINED);
    Conversation wanted = conversationWith(TurnLoss.TRAINED);
    RenderedChat chat = new TemplateRenderer(MARKED_CHATML, MARKS).render(secret);
    RenderedChat other = new TemplateRenderer(MARKED_CHATML, MARKS).render(wanted);

    assertThat(trained(TrainOn.ASSISTANT, secret, chat)).containsExactly("answer<|im_end|>");
    assertThat(trained(TrainOn.ALL, wanted, other)).containsExactly(other.text());
    assertThatThrownBy(() -> TrainOn.ALL.spans(secret, chat)).isInstanceOf(UnusableRow.class);
    assertThatThrownBy(() -> TrainOn.ASSISTANT.spans(wanted, other))
        .isInstanceOf(UnusableRow.class);
  }

  private static Conversation conversationWith(TurnLoss loss) {
    return new Conversation(
        List.of(new Turn(Role.USER, "asked", "", "", loss), Turn.of(Role.ASSISTANT, "answer")));
  }

  @Test
  void formatsWithoutMarksNeedAnEnd() {
    TextMarks none = new TextMarks("", "", "");

    assertThatThrownBy(() -> new FormatRenderer(ChatFormat.ALPACA, none))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("the base names none; add eos_token");
    assertThat(new FormatRenderer(ChatFormat.CHATML, none).described())
        .containsEntry("chat-format", "chatml");
    assertThat(
            new FormatRenderer(ChatFormat.PLAIN, MARKS)
                .render(new Conversation(List.of(Turn.of(Role.USER, "a"))))
                .text())
        .isEqualTo("<s>a");
  }

  private static void assertRejected(String source, RejectionReason reason) {
    Conversation conversation = talk("question", "answer", "more", "end", "open", "third");
    assertThatThrownBy(
            () ->
                TrainOn.ASSISTANT.spans(
                    conversation, new TemplateRenderer(source, MARKS).render(conversation)))
        .isInstanceOfSatisfying(
            UnusableRow.class, row -> assertThat(row.reason()).isEqualTo(reason));
  }

  /** What the user and the assistant say in turn. */
  private static Conversation talk(String... said) {
    return new Conversation(
        IntStream.range(0, said.length)
            .mapToObj(i -> Turn.of(i % 2 == 0 ? Role.USER : Role.ASSISTANT, said[i]))
            .toList());
  }
}
