package dev.rankwise.pipeline.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.models.network.GroupSum.Said;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestRouterFigures {

  @Test
  void aStepWithoutRoutersHasNone() {
    assertThat(RouterFigures.of(List.of())).isEmpty();
    assertThat(RouterFigures.of(List.of(new Said(5, new float[2], new float[0])))).isEmpty();
  }

  /** Two routers, of two and of three experts; micro-batches of 30 and of 10 tokens. */
  @Test
  void loadsAreWeighedByTokensAndTermsByMicroBatches() {
    Said first =
        new Said(
            30,
            new float[] {2, 8},
            new float[] {2, 0.75f, 0.25f, 0.5f, 0.5f, 0.4f, 3, 1, 0, 0, 0, 0, 0, 0.8f});
    Said second =
        new Said(
            10,
            new float[] {4, 4},
            new float[] {2, 0.25f, 0.75f, 0.5f, 0.5f, 0.8f, 3, 0, 1, 0, 0, 0, 0, 0});

    RouterFigures figures = RouterFigures.of(List.of(first, second)).orElseThrow();

    assertThat(figures.balance()).isEqualTo(1.5);
    assertThat(figures.scores()).isEqualTo(3);
    assertThat(figures.loads()).containsExactly(List.of(0.625, 0.375), List.of(0.75, 0.25, 0.0));
    assertThat(figures.entropy())
        .isCloseTo((0.75 * 0.4 + 0.25 * 0.8 + 0.75 * 0.8) / 2, within(1e-7));
    assertThat(figures.distance()).isCloseTo((0.125 + 0.375 + 0.25 + 0.75) / 4, within(1e-12));
    assertThat(figures.fields())
        .containsOnlyKeys(
            "balance_loss", "router_z_loss", "router_entropy", "router_distance", "router_load");
  }
}
