package dev.rankwise.pipeline.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.CorruptFileException;
import org.junit.jupiter.api.Test;

class TestSparkFailures {

  @Test
  void resultsPassThrough() {
    assertThat(SparkFailures.translated("count", () -> 3)).isEqualTo(3);
  }

  @Test
  void failureOfOursIsFoundBelowSparks() {
    CorruptFileException ours = new CorruptFileException("Cannot read model.safetensors");
    assertThatThrownBy(() -> fail(new IllegalStateException("Job aborted", ours))).isSameAs(ours);
  }

  @Test
  void anythingElseIsTheClusters() {
    assertThatThrownBy(() -> fail(new IllegalStateException("Job aborted: lost\nDriver stack:")))
        .isInstanceOf(ClusterException.class)
        .hasMessage(
            "Cannot compute step 3: Job aborted: lost; look at the executors' logs, then start the"
                + " command again");
    assertThatThrownBy(() -> fail(new NullPointerException()))
        .isInstanceOf(ClusterException.class)
        .hasMessageStartingWith("Cannot compute step 3: NullPointerException;");
  }

  private static void fail(RuntimeException failure) {
    SparkFailures.translated(
        "compute step 3",
        () -> {
          throw failure;
        });
  }
}
