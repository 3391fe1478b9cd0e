package dev.rankwise.datasets.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.datasets.chat.RenderedChat.TurnSpan;
import dev.rankwise.models.Golden;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The closed list against the reference renderer: text and trained spans, to the character. */
final class TestGoldenChat {
  private static final SpecialTokens NONE = new SpecialTokens("", "", "");
  private static final int OWN_CASES = 77;

  @Test
  void everyFormatRendersAsTheReference() {
    Path file = Golden.given("chat").resolve("cases.json");
    int ran = 0;
    if (file.toFile().exists()) {
      for (JsonNode golden : Golden.json(file).path("cases")) {
        if (isKnown(golden)) {
          check(golden, "case " + ran + " of " + golden.path("format").asText());
          ran++;
        } else {
          Golden.skipped(file, "the format " + golden.path("format") + " is not in the list");
        }
      }
    }
    Golden.requireSome("chat", ran, OWN_CASES);
  }

  private static boolean isKnown(JsonNode golden) {
    return ChatFormat.labels().contains(golden.path("format").asText());
  }

  private static void check(JsonNode golden, String what) {
    ChatFormat format = ChatFormat.named(golden.path("format").asText());
    Conversation conversation =
        new Conversation(TurnReader.turns(golden.path("messages").toString()));
    RenderedChat chat =
        golden.path("add_generation_prompt").asBoolean()
            ? format.renderPrompt(conversation, NONE)
            : format.render(conversation, NONE);
    assertThat(chat.text()).as(what).isEqualTo(golden.path("text").asText());
    List<List<Integer>> units = new ArrayList<>();
    List<List<Integer>> points = new ArrayList<>();
    for (TurnSpan turn : chat.turns()) {
      TextSpan span = turn.span();
      if (conversation.turns().get(turn.turn()).role() == Role.ASSISTANT) {
        units.add(List.of(span.start(), span.end()));
        points.add(
            List.of(
                chat.text().codePointCount(0, span.start()),
                chat.text().codePointCount(0, span.end())));
      }
    }
    assertThat(units).as(what).isEqualTo(pairs(golden.path("assistant_spans_utf16")));
    assertThat(points).as(what).isEqualTo(pairs(golden.path("assistant_spans")));
    assertThat(TrainOn.ASSISTANT.spans(conversation, chat))
        .as(what)
        .isEqualTo(units.stream().map(pair -> new TextSpan(pair.get(0), pair.get(1))).toList());
  }

  private static List<List<Integer>> pairs(JsonNode spans) {
    List<List<Integer>> pairs = new ArrayList<>();
    for (JsonNode span : spans) {
      pairs.add(List.of(span.get(0).asInt(), span.get(1).asInt()));
    }
    return pairs;
  }
}
