package dev.rankwise.models.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestSampling {
  @ParameterizedTest
  @CsvSource({
    "-0.1, 0, 1, 1, temperature is -0.1",
    "NaN, 0, 1, 1, temperature is NaN",
    "101, 0, 1, 1, temperature is 101.0",
    "1, -1, 1, 1, top-k is -1",
    "1, 0, 0, 1, top-p is 0.0",
    "1, 0, 1.1, 1, top-p is 1.1",
    "1, 0, NaN, 1, top-p is NaN",
    "1, 0, 1, 0, repetition penalty is 0.0",
    "1, 0, 1, Infinity, repetition penalty is Infinity",
    "0, 5, 1, 1, at temperature 0 nothing is drawn",
    "0, 0, 0.9, 1, at temperature 0 nothing is drawn",
  })
  void whatIsOutOfRangeIsRefused(
      double temperature, int topK, double topP, double penalty, String message) {
    assertThatThrownBy(() -> new Sampling(temperature, topK, topP, penalty))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void allProblemsAreSaidAtOnce() {
    assertThatThrownBy(() -> new Sampling(-1, -1, 2, -1))
        .hasMessageContaining("temperature")
        .hasMessageContaining("top-k")
        .hasMessageContaining("top-p")
        .hasMessageContaining("repetition penalty");
  }

  @Test
  void onlyTheBestTokenWithoutPenaltyStaysInNativeMemory() {
    assertThat(Sampling.greedy().takesBestScore()).isTrue();
    assertThat(new Sampling(0, 0, 1, 1.2).takesBestScore()).isFalse();
    assertThat(new Sampling(1, 0, 1, 1).takesBestScore()).isFalse();
  }
}
