package dev.rankwise.pipeline.executor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TestInquiry {
  private final Inquiry<String> inquiry = new Inquiry<>("ask", () -> "unused");
  private final List<Long> holds = new ArrayList<>();

  @Test
  void askedOnceIfAllAnswer() {
    assertThat(answers(inquiry.asked(() -> List.of("a:1", "b:2"), this::both)))
        .containsExactly("A", "B");
    assertThat(holds).containsExactly(0L);
  }

  @Test
  void executorsThatGotNoTaskAreAskedAgainByTasksThatHoldTheirSlots() {
    assertThat(
            answers(
                inquiry.asked(
                    () -> List.of("b:2", "a:1"),
                    hold -> {
                      holds.add(hold);
                      return hold == 0 ? Map.of("a:1", "A") : Map.of("b:2", "B");
                    })))
        .containsExactly("A", "B");
    assertThat(holds).hasSize(2);
    assertThat(holds.get(1)).isPositive();
  }

  @Test
  void executorsThatStaySilentEndTheQuestionAndNotTheRun() {
    Inquiry.Answers<String> asked = inquiry.asked(() -> List.of("a:1", "b:2", "c:3"), this::both);

    assertThat(answers(asked)).containsExactly("A", "B");
    assertThat(asked.silent()).containsExactly("c:3");
    assertThat(holds).hasSize(4);
  }

  @Test
  void executorsThatAreGoneMeanwhileAreNotMissed() {
    assertThat(answers(inquiry.asked(() -> List.of("a:1"), this::both))).containsExactly("A", "B");
    assertThat(holds).hasSize(1);
  }

  private static Collection<String> answers(Inquiry.Answers<String> asked) {
    return asked.byExecutor().values();
  }

  private Map<String, String> both(long hold) {
    holds.add(hold);
    return Map.of("b:2", "B", "a:1", "A");
  }
}
