package dev.rankwise.models.generation;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestGenerationSettings {
  @Test
  void whatIsOutOfRangeIsRefused() {
    assertThatThrownBy(() -> settings(0, List.of(), 1))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot generate 0 tokens");
    assertThatThrownBy(() -> settings(1, List.of(), 0))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("0 texts at a time");
    assertThatThrownBy(() -> settings(1, List.of("a", ""), 1))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("empty text");
  }

  private static GenerationSettings settings(int most, List<String> stops, int batchSize) {
    return new GenerationSettings(most, Sampling.greedy(), 1, List.of(), stops, batchSize);
  }
}
