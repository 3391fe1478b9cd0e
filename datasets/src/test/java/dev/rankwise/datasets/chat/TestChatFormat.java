package dev.rankwise.datasets.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.chat.RenderedChat.TurnSpan;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TestChatFormat {
  private static final SpecialTokens MARKS = new SpecialTokens("<s>", "</s>", "<s>");

  @Test
  void alpacaPutsInstructionInputAndResponseUnderHeadings() {
    Conversation conversation =
        new Conversation(
            List.of(
                Turn.of(Role.USER, "Add the numbers.").about("2 and 3"),
                Turn.of(Role.ASSISTANT, "5")));

    RenderedChat chat = ChatFormat.ALPACA.render(conversation, MARKS);

    assertThat(chat.text())
        .isEqualTo(
            "<s>Below is an instruction that describes a task, paired with an input that provides"
                + " further context. Write a response that appropriately completes the request.\n\n"
                + "### Instruction:\nAdd the numbers.\n\n### Input:\n2 and 3\n\n### Response:\n"
                + "5</s>");
    assertThat(trained(conversation, chat, TrainOn.ASSISTANT)).containsExactly("5</s>");
  }

  @Test
  void alpacaWithoutInputSaysSo() {
    RenderedChat chat = ChatFormat.ALPACA.render(talk("user:Hi", "assistant:Ho"), MARKS);

    assertThat(chat.text())
        .isEqualTo(
            "<s>Below is an instruction that describes a task. Write a response that appropriately"
                + " completes the request.\n\n### Instruction:\nHi\n\n### Response:\nHo</s>");
  }

  @Test
  void theSystemTakesThePlaceOfAlpacasSentence() {
    RenderedChat chat =
        ChatFormat.ALPACA.render(
            talk("system:Be brief.", "user:Hi", "assistant:Ho", "user:And?", "assistant:No"),
            MARKS);

    assertThat(chat.text())
        .isEqualTo(
            "<s>Be brief.\n\n### Instruction:\nHi\n\n### Response:\nHo</s>"
                + "\n\n### Instruction:\nAnd?\n\n### Response:\nNo</s>");
  }

  @Test
  void plainAddsNothingButTheEnd() {
    Conversation conversation = talk("system:S", "user:Once upon ", "assistant:a time");

    RenderedChat chat = ChatFormat.PLAIN.render(conversation, MARKS);

    assertThat(chat.text()).isEqualTo("<s>S\n\nOnce upon a time</s>");
    assertThat(trained(conversation, chat, TrainOn.ASSISTANT)).containsExactly("a time</s>");
  }

  @Test
  void otherFormatsPutTheContextBelowTheWords() {
    Conversation conversation =
        new Conversation(List.of(Turn.of(Role.USER, "Add.").about("2 and 3")));

    assertThat(ChatFormat.CHATML.render(conversation, MARKS).text())
        .isEqualTo("<|im_start|>user\nAdd.\n2 and 3<|im_end|>\n");
  }

  @Test
  void toolsSpeakWhereTheFormatKnowsThem() {
    Conversation conversation =
        talk("user:Weather?", "assistant:call", "tool:rain", "assistant:It rains.");

    assertThat(ChatFormat.CHATML.render(conversation, MARKS).text())
        .contains("<|im_start|>tool\nrain<|im_end|>\n");
    assertThat(ChatFormat.LLAMA3.render(conversation, MARKS).text())
        .contains("<|start_header_id|>ipython<|end_header_id|>\n\nrain<|eot_id|>");
  }

  @ParameterizedTest
  @EnumSource(
      value = ChatFormat.class,
      names = {"LLAMA2", "MISTRAL", "GEMMA", "ZEPHYR", "PHI3", "ALPACA", "PLAIN"})
  void toolsHaveNoPlaceElsewhere(ChatFormat format) {
    assertUnsupported(format, talk("user:Weather?", "assistant:call", "tool:rain"));
  }

  @ParameterizedTest
  @EnumSource(ChatFormat.class)
  void toolCallsNeedTheModelsOwnTemplate(ChatFormat format) {
    Turn call =
        new Turn(Role.ASSISTANT, "", "", "{\"tool_calls\":[]}", TurnLoss.AS_THE_RECIPE_SAYS);

    assertUnsupported(format, new Conversation(List.of(Turn.of(Role.USER, "a"), call)));
  }

  @ParameterizedTest
  @EnumSource(
      value = ChatFormat.class,
      names = {"LLAMA2", "MISTRAL", "ALPACA", "PLAIN"})
  void exchangesAlternate(ChatFormat format) {
    assertUnsupported(format, talk("user:a", "user:b"));
    assertUnsupported(format, talk("user:a", "assistant:b", "system:c", "user:d"));
  }

  @Test
  void aSystemTurnInTheMiddleHasNoPlaceInGemma() {
    assertUnsupported(ChatFormat.GEMMA, talk("user:a", "system:c", "user:d"));
  }

  @Test
  void llama2TrimsOnlyTheEndBelowTheSystemBlock() {
    assertThat(ChatFormat.LLAMA2.render(talk("system: S ", "user:  a  "), MARKS).text())
        .isEqualTo("<s>[INST] <<SYS>>\n S \n<</SYS>>\n\n  a [/INST]");
  }

  @Test
  void formatsAreFoundByNameHoweverItIsWritten() {
    assertThat(ChatFormat.named("Llama-3")).isEqualTo(ChatFormat.LLAMA3);
    assertThat(ChatFormat.named("phi_3")).isEqualTo(ChatFormat.PHI3);
  }

  @Test
  void anUnknownFormatIsRefusedWithTheList() {
    assertThatThrownBy(() -> ChatFormat.named("lama3"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Unknown chat format \"lama3\" (must be one of chatml, llama2, llama3, mistral, gemma,"
                + " zephyr, phi3, alpaca, plain); did you mean \"llama3\"?");
    assertThatThrownBy(() -> ChatFormat.named("something else"))
        .hasMessageEndingWith("name one of them, or leave it out to use the base's own template");
  }

  @Test
  void onlyFormatsWithoutMarksNeedTheTokenizersEnd() {
    assertThat(Arrays.stream(ChatFormat.values()).filter(ChatFormat::needsEndMark))
        .containsExactly(ChatFormat.ALPACA, ChatFormat.PLAIN);
  }

  @Test
  void trainingOnTheLastTurnLeavesTheOthersOut() {
    Conversation conversation = talk("user:a", "assistant:b", "user:c", "assistant:d", "user:open");
    RenderedChat chat = ChatFormat.ZEPHYR.render(conversation, MARKS);

    assertThat(trained(conversation, chat, TrainOn.LAST_TURN)).containsExactly("d</s>");
  }

  @Test
  void trainingOnAllTakesTheMarksToo() {
    Conversation conversation = talk("user:a", "assistant:b");
    RenderedChat chat = ChatFormat.CHATML.render(conversation, MARKS);

    assertThat(trained(conversation, chat, TrainOn.ALL)).containsExactly(chat.text());
  }

  @Test
  void aTurnsOwnWordGoesBeforeTheRecipe() {
    Conversation conversation =
        new Conversation(
            List.of(
                new Turn(Role.USER, "a", "", "", TurnLoss.TRAINED),
                new Turn(Role.ASSISTANT, "b", "", "", TurnLoss.NOT_TRAINED),
                Turn.of(Role.USER, "c"),
                Turn.of(Role.ASSISTANT, "d")));
    RenderedChat chat = ChatFormat.ZEPHYR.render(conversation, MARKS);

    assertThat(trained(conversation, chat, TrainOn.ASSISTANT)).containsExactly("a</s>", "d</s>");
    assertThat(trained(conversation, chat, TrainOn.ALL))
        .containsExactly(
            "<|user|>\na</s>\n<|assistant|>\n", "\n<|user|>\nc</s>\n<|assistant|>\nd</s>\n");
  }

  @Test
  void aConversationWithoutAnswersTrainsNothing() {
    Conversation conversation = talk("system:s", "user:a");
    RenderedChat chat = ChatFormat.CHATML.render(conversation, MARKS);

    assertThat(TrainOn.ASSISTANT.spans(conversation, chat)).isEmpty();
    assertThat(TrainOn.LAST_TURN.spans(conversation, chat)).isEmpty();
  }

  private static List<String> trained(
      Conversation conversation, RenderedChat chat, TrainOn trainOn) {
    List<String> parts = new ArrayList<>();
    for (TextSpan span : trainOn.spans(conversation, chat)) {
      parts.add(chat.text().substring(span.start(), span.end()));
    }
    assertThat(chat.turns()).extracting(TurnSpan::turn).isSorted();
    return parts;
  }

  private static void assertUnsupported(ChatFormat format, Conversation conversation) {
    assertThatThrownBy(() -> format.render(conversation, MARKS))
        .isInstanceOfSatisfying(
            UnusableRow.class,
            row -> assertThat(row.reason()).isEqualTo(RejectionReason.UNSUPPORTED_TURN));
  }

  private static Conversation talk(String... turns) {
    List<Turn> talk = new ArrayList<>();
    for (String turn : turns) {
      int colon = turn.indexOf(':');
      talk.add(
          Turn.of(Role.named(turn.substring(0, colon)).orElseThrow(), turn.substring(colon + 1)));
    }
    return new Conversation(talk);
  }
}
