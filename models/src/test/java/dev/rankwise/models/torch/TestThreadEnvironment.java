package dev.rankwise.models.torch;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.ClusterException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TestThreadEnvironment {

  @Test
  void limitBelowTheThreadsOfATaskIsRefusedAndBothAreNamed() {
    assertThatThrownBy(
            () ->
                ThreadEnvironment.requireNoLimitBelow(
                    2, Map.of("OMP_THREAD_LIMIT", " 1", "A", "b")))
        .isInstanceOf(ClusterException.class)
        .hasMessage(
            "Cannot compute with 2 threads in a task: OMP_THREAD_LIMIT=1 in the environment of the"
                + " executor allows 1, and the number of threads can change bits; unset it there"
                + " (spark.executorEnv.OMP_THREAD_LIMIT), or set spark.task.cpus and train.threads"
                + " to what every executor has");
  }

  @Test
  void numberThatChangesWithTheLoadIsRefused() {
    assertThatThrownBy(
            () -> ThreadEnvironment.requireNoLimitBelow(4, Map.of("OMP_DYNAMIC", "TRUE")))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining(
            "Cannot compute with 4 threads in a task: OMP_DYNAMIC=TRUE in the environment of the"
                + " executor lets a busy host give fewer");
  }

  @Test
  void whatLimitsNothingIsTaken() {
    for (Map<String, String> environment :
        List.of(
            Map.<String, String>of(),
            Map.of("OMP_THREAD_LIMIT", "2"),
            Map.of("OMP_THREAD_LIMIT", "many"),
            Map.of("OMP_DYNAMIC", "false"),
            Map.of("OMP_NUM_THREADS", "1"))) {
      assertThatCode(() -> ThreadEnvironment.requireNoLimitBelow(2, environment))
          .doesNotThrowAnyException();
    }
    assertThatCode(
            () ->
                ThreadEnvironment.requireNoLimitBelow(
                    1, Map.of("OMP_THREAD_LIMIT", "1", "OMP_DYNAMIC", "true")))
        .doesNotThrowAnyException();
  }
}
