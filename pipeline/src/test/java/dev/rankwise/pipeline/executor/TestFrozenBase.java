package dev.rankwise.pipeline.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.network.Replica.Frozen;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestFrozenBase {
  private static final String HASH = "ab12";

  @Test
  void executorsThatHaveItAndCanTellAreCounted() {
    Frozen sound = new Frozen(HASH, 0, true);
    Frozen untold = new Frozen(HASH, Frozen.UNTOLD, true);
    FrozenBase base = FrozenBase.of(List.of(List.of(sound), List.of(), List.of(sound, untold)));
    assertThat(base.sha256()).containsExactly(HASH);
    assertThat(base.executors()).isEqualTo(1);
    assertThat(FrozenBase.of(List.of())).isEqualTo(new FrozenBase(List.of(), 0));
  }

  @Test
  void whatWasWrittenToIsAnError() {
    assertThatThrownBy(() -> FrozenBase.of(List.of(List.of(new Frozen(HASH, 4096, true)))))
        .isInstanceOf(InternalException.class)
        .hasMessageContaining("4096 bytes of it were written to in memory")
        .hasMessageContaining(HASH);
    assertThatThrownBy(() -> FrozenBase.of(List.of(List.of(new Frozen(HASH, 0, false)))))
        .isInstanceOf(InternalException.class)
        .hasMessageContaining("its file is not what it was");
  }
}
