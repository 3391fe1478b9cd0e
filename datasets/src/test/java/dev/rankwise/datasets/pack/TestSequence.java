package dev.rankwise.datasets.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.InternalException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestSequence {
  private static final TrainedTokens TWO =
      new TrainedTokens(new int[] {1, 2}, new boolean[] {true, true});
  private static final TrainedTokens THREE =
      new TrainedTokens(new int[] {3, 4, 5}, new boolean[] {true, false, true});

  @Test
  void textsLieEndToEnd() {
    Sequence sequence = Sequence.of(4, List.of("a", "b"), List.of(TWO, THREE));

    assertThat(sequence.starts()).containsExactly(0, 2);
    assertThat(sequence.ids()).containsExactly(1, 2, 3, 4, 5);
    assertThat(sequence.trained()).containsExactly(true, true, true, false, true);
    assertThat(sequence.length()).isEqualTo(5);
  }

  @Test
  void theFirstTokenOfATextIsNoTarget() {
    assertThat(Sequence.of(0, List.of("a", "b"), List.of(TWO, THREE)).targets())
        .isEqualTo(TWO.targets() + THREE.targets())
        .isEqualTo(2);
  }

  @Test
  void equalSequencesAreEqual() {
    Sequence sequence = Sequence.of(0, List.of("a"), List.of(TWO));

    assertThat(sequence)
        .isEqualTo(Sequence.of(0, List.of("a"), List.of(TWO)))
        .hasSameHashCodeAs(Sequence.of(0, List.of("a"), List.of(TWO)))
        .isNotEqualTo(Sequence.of(1, List.of("a"), List.of(TWO)))
        .isNotEqualTo(Sequence.of(0, List.of("b"), List.of(TWO)))
        .isNotEqualTo(Sequence.of(0, List.of("a"), List.of(THREE)))
        .hasToString("Sequence[position=0, texts=1, tokens=2, targets=1]");
  }

  @Test
  void picturesMoveWithTheirTexts() {
    SequencePicture picture = new SequencePicture(1, new byte[12]);
    TrainedTokens seen =
        new TrainedTokens(new int[] {7, -200, -200}, new boolean[3], List.of(picture));

    Sequence sequence = Sequence.of(0, List.of("a", "b", "c"), List.of(seen, TWO, seen));

    assertThat(sequence.pictures()).containsExactly(picture, picture.later(5));
    assertThat(sequence.pictures().get(1).first()).isEqualTo(6);
    assertThat(sequence).isNotEqualTo(without(sequence));
  }

  private static Sequence without(Sequence of) {
    return new Sequence(of.position(), of.rowIds(), of.starts(), of.ids(), of.trained());
  }

  @Test
  void pictureBytesAreCopied() {
    byte[] colours = new byte[12];
    SequencePicture picture = new SequencePicture(0, colours);
    colours[0] = 1;
    picture.colours()[1] = 1;

    assertThat(picture.colours()).containsOnly(0);
    assertThat(picture.side()).isEqualTo(2);
    assertThat(picture)
        .hasToString("SequencePicture[first=0, side=2]")
        .hasSameHashCodeAs(new SequencePicture(0, new byte[12]))
        .isNotEqualTo(new SequencePicture(0, colours));
  }

  @Test
  void picturesThatAreNoSquareOrOutOfOrderAreABug() {
    SequencePicture picture = new SequencePicture(1, new byte[3]);
    assertThatThrownBy(() -> new SequencePicture(-1, new byte[3]))
        .isInstanceOf(InternalException.class);
    assertThatThrownBy(() -> new SequencePicture(0, new byte[6]))
        .isInstanceOf(InternalException.class)
        .hasMessageContaining("Invalid picture at token 0: 6 bytes");
    assertThatThrownBy(() -> new SequencePicture(0, new byte[0]))
        .isInstanceOf(InternalException.class);
    assertThatThrownBy(
            () -> new TrainedTokens(new int[2], new boolean[2], List.of(picture, picture)))
        .isInstanceOf(InternalException.class)
        .hasMessageContaining("Invalid picture at token 1 of 2");
    assertThatThrownBy(() -> new TrainedTokens(new int[1], new boolean[1], List.of(picture)))
        .isInstanceOf(InternalException.class);
  }

  @Test
  void contradictionsAreABug() {
    List<String> one = List.of("a");
    assertBug(-1, one, new int[] {0}, new int[1], new boolean[1]);
    assertBug(0, one, new int[0], new int[1], new boolean[1]);
    assertBug(0, one, new int[] {1}, new int[2], new boolean[2]);
    assertBug(0, List.of("a", "b"), new int[] {0, 0}, new int[2], new boolean[2]);
    assertBug(0, List.of("a", "b"), new int[] {0}, new int[1], new boolean[1]);
    assertBug(0, one, new int[] {0}, new int[0], new boolean[0]);
    assertBug(0, one, new int[] {0}, new int[2], new boolean[1]);
  }

  private static void assertBug(
      int position, List<String> rowIds, int[] starts, int[] ids, boolean[] trained) {
    assertThatThrownBy(() -> new Sequence(position, rowIds, starts, ids, trained))
        .isInstanceOf(InternalException.class);
  }
}
