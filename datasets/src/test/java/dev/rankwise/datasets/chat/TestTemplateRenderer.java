package dev.rankwise.datasets.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.models.Golden;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestTemplateRenderer {
  private static final SpecialTokens MARKS = new SpecialTokens("<s>", "</s>", "<s>");
  private static final String CHATML =
      "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content +"
          + " '<|im_end|>\\n' }}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
  private static final String MARKED_CHATML =
      "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' }}"
          + "{% if message.role == 'assistant' %}"
          + "{% generation %}{{ message.content + '<|im_end|>' }}{% endgeneration %}"
          + "{% else %}{{ message.content + '<|im_end|>' }}{% endif %}{{ '\\n' }}{% endfor %}";

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
        "{% for m in messages %}{{ m.role }}:{{ m.content }}"
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
        "{% generation %}{% endgeneration %}{% generation %}{% endgeneration %}",
        "{% if false %}{% generation %}{% endgeneration %}{% endif %}",
        "{% for m in messages %}x{% endfor %}{% if add_generation_prompt %}xxxx{% endif %}xxxxxxx"
      })
  void answersWithoutASurePlaceAreARejection(String source) {
    assertRejected(source, RejectionReason.TEMPLATE_DISAGREES);
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% include 'a' %}",
        "{{ 1",
        "{{ nothing.a }}",
        "{{ strftime_now('%Y') }}",
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
  void aTemplateThatRefusesTheTrialMayTakeTheRows() {
    assertThat(TemplateRenderer.checked("{{ raise_exception('no') }}", MARKS, "x").described())
        .containsKey("chat-format");
  }

  @Test
  void formatsWithoutMarksNeedAnEnd() {
    SpecialTokens none = new SpecialTokens("", "", "");

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
    Conversation conversation =
        new Conversation(
            List.of(
                Turn.of(Role.USER, "question"),
                Turn.of(Role.ASSISTANT, "answer"),
                Turn.of(Role.USER, "more"),
                Turn.of(Role.ASSISTANT, "end"),
                Turn.of(Role.USER, "open"),
                Turn.of(Role.ASSISTANT, "third")));
    assertThatThrownBy(() -> new TemplateRenderer(source, MARKS).render(conversation))
        .isInstanceOfSatisfying(
            UnusableRow.class, row -> assertThat(row.reason()).isEqualTo(reason));
  }
}
