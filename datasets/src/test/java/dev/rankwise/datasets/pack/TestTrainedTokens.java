package dev.rankwise.datasets.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.chat.TextSpan;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.tokenizer.TextEncoding;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestTrainedTokens {
  // "ab cd ef": tokens "ab", " cd", " ef"
  private static final TextEncoding ENCODING =
      new TextEncoding(
          new int[] {7, 8, 9}, new int[] {0, 2, 5}, new int[] {2, 5, 8}, new boolean[3]);

  @Test
  void aTokenIsTrainedIfAnyOfItsCharactersIs() {
    assertThat(trained(new TextSpan(3, 5))).containsExactly(false, true, false);
    assertThat(trained(new TextSpan(4, 6))).containsExactly(false, true, true);
    assertThat(trained(new TextSpan(0, 1), new TextSpan(7, 8))).containsExactly(true, false, true);
    assertThat(trained(new TextSpan(2, 5))).containsExactly(false, true, false);
    assertThat(trained()).containsExactly(false, false, false);
  }

  @Test
  void tokensOfOneCharacterAreAllTrainedWithIt() {
    TextEncoding pieces =
        new TextEncoding(
            new int[] {1, 2, 3}, new int[] {0, 0, 0}, new int[] {2, 2, 2}, new boolean[3]);

    assertThat(TrainedTokens.of(pieces, List.of(new TextSpan(0, 2))).trained())
        .containsExactly(true, true, true);
  }

  @Test
  void tokensOutsideTheTextAreNotTrained() {
    TextEncoding framed =
        new TextEncoding(
            new int[] {1, 2, 3},
            new int[] {0, 0, 2},
            new int[] {0, 2, 2},
            new boolean[] {true, false, true});

    assertThat(TrainedTokens.of(framed, List.of(new TextSpan(0, 2))).trained())
        .containsExactly(false, true, false);
  }

  @Test
  void theFirstTokenIsNoTarget() {
    assertThat(new TrainedTokens(new int[] {1, 2, 3}, new boolean[] {true, false, true}).targets())
        .isEqualTo(1);
  }

  @Test
  void tokensThatFitStayWhole() {
    TrainedTokens tokens = tokens(5);

    assertThat(Truncation.values())
        .allSatisfy(truncation -> assertThat(tokens.cut(truncation, 5)).containsExactly(tokens));
  }

  @Test
  void longerTextsAreCutAsAsked() {
    TrainedTokens tokens = tokens(7);

    assertThat(tokens.cut(Truncation.RIGHT, 3)).containsExactly(part(0, 3));
    assertThat(tokens.cut(Truncation.LEFT, 3)).containsExactly(part(4, 7));
    assertThat(tokens.cut(Truncation.DROP, 3)).isEmpty();
    assertThat(tokens.cut(Truncation.SPLIT, 3)).containsExactly(part(0, 3), part(3, 6), part(6, 7));
  }

  @Test
  void flagsBelongToIds() {
    assertThatThrownBy(() -> new TrainedTokens(new int[2], new boolean[1]))
        .isInstanceOf(InternalException.class);
  }

  @Test
  void equalTokensAreEqual() {
    assertThat(tokens(3)).isEqualTo(tokens(3)).hasSameHashCodeAs(tokens(3)).isNotEqualTo(tokens(4));
    assertThat(tokens(3)).hasToString("TrainedTokens[tokens=3, targets=1]");
  }

  private static boolean[] trained(TextSpan... spans) {
    return TrainedTokens.of(ENCODING, List.of(spans)).trained();
  }

  private static TrainedTokens tokens(int length) {
    return part(0, length);
  }

  private static TrainedTokens part(int from, int to) {
    int[] ids = new int[to - from];
    boolean[] trained = new boolean[ids.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = from + i;
      trained[i] = (from + i) % 2 == 0;
    }
    return new TrainedTokens(ids, trained);
  }
}
