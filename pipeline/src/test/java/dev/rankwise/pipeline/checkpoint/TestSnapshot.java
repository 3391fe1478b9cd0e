package dev.rankwise.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.CorruptFileException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestSnapshot {

  @Test
  void partsKeepTheirNamesAndNumbersAllTheirBits() {
    Snapshot part =
        Snapshot.empty()
            .with("mean", new float[] {1, 2})
            .with("loss", 0.1 + 0.2)
            .with("none", Double.NaN)
            .with("tokens", 1L << 40)
            .with("steps", 7)
            .with("ended", true);
    Snapshot whole = Snapshot.empty().with("totals", part).with("totally", new float[1]);

    Snapshot again = whole.part("totals");

    assertThat(again.vector("mean", 2)).containsExactly(1, 2);
    assertThat(again.vectors()).hasSize(1);
    assertThat(again.number("loss")).isEqualTo(0.1 + 0.2);
    assertThat(again.number("none")).isNaN();
    assertThat(again.wide("tokens")).isEqualTo(1L << 40);
    assertThat(again.whole("steps")).isEqualTo(7);
    assertThat(again.truth("ended")).isTrue();
    assertThat(whole.part("other").values()).isEmpty();
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Snapshot state = Snapshot.empty().with("vector", new float[2]).with("word", "many");
    for (Runnable wrong :
        new Runnable[] {
          () -> state.vector("vector", 3),
          () -> state.vector("other", 3),
          () -> state.whole("word"),
          () -> state.text("none")
        }) {
      assertThatThrownBy(wrong::run)
          .isInstanceOf(CorruptFileException.class)
          .hasMessageStartingWith("Cannot go on from the checkpoint: it")
          .hasMessageEndingWith("move the folder of checkpoints away to start from the beginning");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../up", "A", "a..b", ".a", "a/b", "a\u0000"})
  void namesThatAreNoFileNamesAreRefused(String name) {
    assertThatThrownBy(() -> Snapshot.empty().with(name, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Snapshot.empty().with(name, new float[1]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
