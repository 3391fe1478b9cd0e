package dev.rankwise.datasets.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.chat.Conversation;
import dev.rankwise.datasets.chat.Role;
import dev.rankwise.datasets.chat.Turn;
import dev.rankwise.datasets.prepare.WordTokenizer;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.TextEncoding;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TestPictureMarks {
  private final Tokenizer tokenizer = new WordTokenizer();
  private final PictureMarks marks = new PictureMarks(3, -200);

  @Test
  void eachMarkBecomesAsManyPlaceholdersAsAPictureHasPatches() {
    String text = "see <image> and <image><image> now";

    TextEncoding encoding = marks.encode(tokenizer, text, SpecialTokens.LEFT_OUT);

    int[] ids = encoding.ids();
    assertThat(IntStream.of(ids).filter(id -> id == -200)).hasSize(9);
    List<Integer> firsts = marks.firsts(ids);
    assertThat(firsts).hasSize(3);
    assertThat(firsts.get(2)).isEqualTo(firsts.get(1) + 3);
    for (int i = 0; i < ids.length; i++) {
      String part = text.substring(encoding.start(i), encoding.end(i));
      assertThat(encoding.isInserted(i)).isEqualTo(ids[i] == -200);
      assertThat(part.equals(PictureMarks.MARK)).isEqualTo(ids[i] == -200);
    }
  }

  @Test
  void whatBeginsAndEndsATextStaysAroundIt() {
    int[] with = marks.encode(tokenizer, "<image>a", SpecialTokens.INCLUDED).ids();
    int[] without = tokenizer.encode("a", SpecialTokens.INCLUDED).ids();

    assertThat(with).hasSize(without.length + 3);
    assertThat(with[0]).isEqualTo(without[0]);
    assertThat(with[with.length - 1]).isEqualTo(without[without.length - 1]);
  }

  @Test
  void picturesWithoutAMarkComeFirst() {
    assertThat(PictureMarks.placed("a", 2)).contains("<image><image>a");
    assertThat(PictureMarks.placed("a <image>", 1)).contains("a <image>");
    assertThat(PictureMarks.placed("a <image>", 2)).isEqualTo(Optional.empty());
    assertThat(PictureMarks.placed("a <image>", 0)).isEqualTo(Optional.empty());
    assertThat(PictureMarks.placed("a", 0)).contains("a");
  }

  @Test
  void inAConversationTheFirstUsersTurnGetsThem() {
    Conversation conversation =
        new Conversation(List.of(Turn.of(Role.SYSTEM, "be short"), Turn.of(Role.USER, "what?")));

    Conversation placed = PictureMarks.placed(conversation, 1).orElseThrow();

    assertThat(placed.turns().get(0).content()).isEqualTo("be short");
    assertThat(placed.turns().get(1).content()).isEqualTo("<image>what?");
    assertThat(PictureMarks.placed(placed, 1)).contains(placed);
    assertThat(PictureMarks.placed(placed, 2)).isEqualTo(Optional.empty());
  }
}
