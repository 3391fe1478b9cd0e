package dev.rankwise.datasets.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.source.RejectionReason;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TestRowForm {

  @Test
  void formsAreToldApartByTheirColumns() {
    assertThat(RowForm.of(List.of("id", "messages"))).contains(RowForm.MESSAGES);
    assertThat(RowForm.of(List.of("conversations"))).contains(RowForm.SHAREGPT);
    assertThat(RowForm.of(List.of("output", "instruction"))).contains(RowForm.ALPACA);
    assertThat(RowForm.of(List.of("prompt", "completion"))).contains(RowForm.PROMPT_COMPLETION);
    assertThat(RowForm.of(List.of("text", "meta"))).contains(RowForm.TEXT);
    assertThat(RowForm.of(List.of("question", "answer"))).isEmpty();
  }

  @Test
  void theMoreTellingFormGoesFirst() {
    assertThat(RowForm.of(List.of("text", "prompt", "completion", "messages")))
        .contains(RowForm.MESSAGES);
    assertThat(RowForm.of(List.of("text", "instruction", "output"))).contains(RowForm.ALPACA);
  }

  @Test
  void formsHaveNamesAndUsualFormats() {
    assertThat(RowForm.labels())
        .containsExactly("messages", "sharegpt", "alpaca", "prompt-completion", "text");
    assertThat(RowForm.ALPACA.usualFormat()).contains(ChatFormat.ALPACA);
    assertThat(RowForm.TEXT.usualFormat()).contains(ChatFormat.PLAIN);
    assertThat(RowForm.MESSAGES.usualFormat()).isEmpty();
    assertThat(RowForm.rules())
        .isEqualTo(
            "messages needs messages, sharegpt needs conversations, alpaca needs instruction and"
                + " output, prompt-completion needs prompt and completion, text needs text");
  }

  @Test
  void shareGptAndMessagesMakeTheSameConversation() {
    Conversation shared =
        RowForm.SHAREGPT.read(
            Map.of(
                "system", "Be kind.",
                "conversations",
                    "[{\"from\":\"human\",\"value\":\"Hi\"},{\"from\":\"gpt\",\"value\":\"Ho\"}]"));
    Conversation messages =
        RowForm.MESSAGES.read(
            Map.of(
                "messages",
                "[{\"role\":\"system\",\"content\":\"Be kind.\"},{\"role\":\"user\",\"content\":"
                    + "\"Hi\"},{\"role\":\"assistant\",\"content\":\"Ho\",\"name\":null}]"));

    assertThat(shared).isEqualTo(messages);
    assertThat(shared.contentHash()).isEqualTo(messages.contentHash());
  }

  @Test
  void aPromptIsTheRowWithoutItsAnswer() {
    Map<String, String> asked = Map.of("instruction", "Sort", "input", "3 1", "system", "Be kind.");
    Conversation prompt = RowForm.ALPACA.prompt(asked);
    assertThat(prompt.turns())
        .containsExactly(Turn.of(Role.SYSTEM, "Be kind."), Turn.of(Role.USER, "Sort").about("3 1"));
    Map<String, String> answered = new HashMap<>(asked);
    answered.put("output", "1 3");
    assertThat(RowForm.ALPACA.prompt(answered)).isEqualTo(prompt);
    assertThat(RowForm.ALPACA.read(answered).unanswered()).isEqualTo(prompt);

    assertThat(RowForm.PROMPT_COMPLETION.prompt(Map.of("prompt", "a")).turns())
        .containsExactly(Turn.of(Role.USER, "a"));
    assertThat(RowForm.TEXT.prompt(Map.of("text", "a")).turns())
        .containsExactly(Turn.of(Role.USER, "a"));
    String question = "{\"role\":\"user\",\"content\":\"Hi\"}";
    String answer = "{\"role\":\"assistant\",\"content\":\"Ho\"}";
    for (String turns :
        List.of("[%s]".formatted(question), "[%s,%s]".formatted(question, answer))) {
      assertThat(RowForm.MESSAGES.prompt(Map.of("messages", turns)).turns())
          .containsExactly(Turn.of(Role.USER, "Hi"));
    }
    assertThat(
            RowForm.MESSAGES
                .prompt(Map.of("messages", "[%s,%s,%s]".formatted(question, answer, question)))
                .turns())
        .hasSize(3);
    assertThat(RowForm.ALPACA.answer()).contains("output");
    assertThat(RowForm.SHAREGPT.answer()).isEmpty();
  }

  @Test
  void partsOfTextAreJoined() {
    Conversation conversation =
        read("[{'role':'user','content':[{'type':'text','text':'a'},{'type':'text','text':'b'}]}]");

    assertThat(conversation.turns()).containsExactly(Turn.of(Role.USER, "ab"));
  }

  @Test
  void toolCallsAreKeptForTemplates() {
    Conversation conversation =
        read(
            "[{'role':'user','content':'w'},"
                + "{'role':'assistant','content':null,'tool_calls':[{'id':1}]},"
                + "{'role':'tool','content':'rain','tool_call_id':'x'}]");

    assertThat(conversation.turns().get(1).fields())
        .isEqualTo("{\"content\":null,\"tool_calls\":[{\"id\":1}]}");
    assertThat(conversation.turns().get(1).content()).isEmpty();
    assertThat(conversation.turns().get(1).hasNoContent()).isTrue();
    assertThat(conversation.turns().get(2).hasNoContent()).isFalse();
    assertThat(conversation.turns().get(2).fields()).isEqualTo("{\"tool_call_id\":\"x\"}");
  }

  @ParameterizedTest
  @CsvSource({
    "weight, 0, NOT_TRAINED",
    "weight, 1, TRAINED",
    "train, false, NOT_TRAINED",
    "train, true, TRAINED",
    "weight, null, AS_THE_RECIPE_SAYS"
  })
  void turnsSayWhetherTheyAreTrained(String key, String flag, TurnLoss loss) {
    Conversation conversation =
        read("[{'role':'user','content':'a','%s':%s}]".formatted(key, flag));

    assertThat(conversation.turns().get(0).loss()).isEqualTo(loss);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "no json|MALFORMED_TURNS",
        "{}|MALFORMED_TURNS",
        "[1]|MALFORMED_TURNS",
        "[{'role':'user'}]|MALFORMED_TURNS",
        "[{'content':'a'}]|MALFORMED_TURNS",
        "[{'role':5,'content':'a'}]|MALFORMED_TURNS",
        "[{'role':'user','content':7}]|MALFORMED_TURNS",
        "[{'role':'user','content':'a','weight':2}]|MALFORMED_TURNS",
        "[{'role':'user','content':'a','role':'user'}]|MALFORMED_TURNS",
        "[{'role':'user','content':'a'}] tail|MALFORMED_TURNS",
        "[{'role':'critic','content':'a'}]|UNKNOWN_ROLE",
        "[{'role':'user','content':[{'type':'image'}]}]|UNSUPPORTED_TURN",
        "[]|EMPTY_CONVERSATION",
        "[{'role':'system','content':'a'}]|EMPTY_CONVERSATION",
        "[{'role':'assistant','content':'a'}]|STARTS_WITH_ASSISTANT",
        "[{'role':'system','content':'a'},{'role':'tool','content':'b'}]|STARTS_WITH_ASSISTANT",
        "[{'role':'user','content':'\\ud800'}]|INVALID_UTF8",
        "[{'role':'user','content':'\\ud800a'}]|INVALID_UTF8",
        "[{'role':'user','content':'\\udc00'}]|INVALID_UTF8",
        "[{'role':'user','content':'a\\u0000'}]|CONTROL_CHARACTER",
        "[{'role':'user','content':[{'type':'text','text':'\\u001b[2J'}]}]|CONTROL_CHARACTER"
      })
  void whatIsNoConversationIsARejection(String json, RejectionReason reason) {
    assertUnusable(RowForm.MESSAGES, Map.of("messages", json.replace('\'', '"')), reason);
  }

  @Test
  void pairsOfSurrogatesAreText() {
    assertThat(read("[{'role':'user','content':'\\ud83d\\ude00'}]").turns().get(0).content())
        .isEqualTo("\ud83d\ude00");
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 100_000})
  void deepListsAreARejection(int depth) {
    assertUnusable(
        RowForm.MESSAGES, Map.of("messages", "[".repeat(depth)), RejectionReason.MALFORMED_TURNS);
  }

  @Test
  void alpacaReadsItsFourColumns() {
    Conversation conversation =
        RowForm.ALPACA.read(
            Map.of("instruction", "Add.", "input", "2, 3", "output", "5", "system", "Be exact."));

    assertThat(conversation.turns())
        .containsExactly(
            Turn.of(Role.SYSTEM, "Be exact."),
            Turn.of(Role.USER, "Add.").about("2, 3"),
            Turn.of(Role.ASSISTANT, "5"));
  }

  @Test
  void rowsWithoutTheirTextAreRejected() {
    assertUnusable(RowForm.ALPACA, Map.of("output", "5"), RejectionReason.MISSING_TEXT);
    assertUnusable(
        RowForm.ALPACA, Map.of("instruction", " ", "output", "5"), RejectionReason.EMPTY_TEXT);
    assertUnusable(RowForm.PROMPT_COMPLETION, Map.of("prompt", "a"), RejectionReason.MISSING_TEXT);
    assertUnusable(RowForm.TEXT, Map.of("text", "\n"), RejectionReason.EMPTY_TEXT);
    assertUnusable(RowForm.SHAREGPT, Map.of("system", " "), RejectionReason.MISSING_TEXT);
  }

  @Test
  void aTextIsAnAnswerToNothing() {
    Conversation text = RowForm.TEXT.read(Map.of("text", "Once."));

    assertThat(ChatFormat.PLAIN.render(text, new TextMarks("", "</s>", "")).text())
        .isEqualTo("Once.</s>");
  }

  @Test
  void conversationsDifferByWhateverATurnHolds() {
    Turn plain = Turn.of(Role.USER, "a");
    String hash = new Conversation(List.of(plain)).contentHash();

    assertThat(
            List.of(
                plain.about("b"),
                Turn.of(Role.USER, "b"),
                new Turn(Role.USER, "a", "", "{}", TurnLoss.AS_THE_RECIPE_SAYS),
                new Turn(Role.USER, "a", "", "", TurnLoss.TRAINED)))
        .allSatisfy(
            turn -> assertThat(new Conversation(List.of(turn)).contentHash()).isNotEqualTo(hash));
  }

  @Test
  void toolsBelongToAConversation() {
    String turns = "[{\"from\":\"human\",\"value\":\"a\"}]";
    Conversation without = RowForm.SHAREGPT.read(Map.of("conversations", turns));
    Conversation with =
        RowForm.SHAREGPT.read(Map.of("conversations", turns, "tools", "[{\"name\": \"f\"}]"));

    assertThat(with.tools()).isEqualTo("[{\"name\":\"f\"}]");
    assertThat(with.unanswered().tools()).isEqualTo(with.tools());
    assertThat(with.contentHash()).isNotEqualTo(without.contentHash());
    for (String none : List.of("", " ", "null", "[]")) {
      assertThat(RowForm.SHAREGPT.read(Map.of("conversations", turns, "tools", none)))
          .isEqualTo(without);
    }
    for (String broken : List.of("{", "{}", "7", "[{\"a\":1,\"a\":2}]")) {
      assertUnusable(
          RowForm.SHAREGPT,
          Map.of("conversations", turns, "tools", broken),
          RejectionReason.MALFORMED_TOOLS);
    }
  }

  private static Conversation read(String json) {
    return RowForm.MESSAGES.read(Map.of("messages", json.replace('\'', '"')));
  }

  private static void assertUnusable(
      RowForm form, Map<String, String> values, RejectionReason reason) {
    assertThatThrownBy(() -> form.read(values))
        .isInstanceOfSatisfying(
            UnusableRow.class, row -> assertThat(row.reason()).isEqualTo(reason));
  }
}
