package dev.rankwise.pipeline.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.network.Replica.TargetScores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestLanguageMetrics {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void figuresFollowFromTheSums() {
    LanguageMetrics metrics = new LanguageMetrics(3, new TargetScores(8 * Math.log(5), 2, 8));

    assertThat(metrics.meanLoss()).isCloseTo(Math.log(5), within(1e-12));
    assertThat(metrics.perplexity()).isCloseTo(5, within(1e-12));
    assertThat(metrics.tokenAccuracy()).isEqualTo(0.25);
    assertThat(metrics.mainFigures()).containsOnlyKeys("perplexity", "mean_loss", "token_accuracy");
  }

  @Test
  void whatIsWrittenIsReadBack() {
    LanguageMetrics metrics = new LanguageMetrics(3, new TargetScores(1.25, 2, 8));
    LanguageMetrics broken = new LanguageMetrics(3, new TargetScores(Double.NaN, 2, 8));

    assertThat(LanguageMetrics.read(JSON.valueToTree(metrics.fields()), "f")).isEqualTo(metrics);
    assertThat(LanguageMetrics.read(JSON.valueToTree(broken.fields()), "f")).isEqualTo(broken);
    assertThat(broken.mainFigures()).containsOnlyKeys("token_accuracy");
  }

  @Test
  void nothingToMeasureIsRefused() {
    assertThatThrownBy(() -> new LanguageMetrics(3, TargetScores.NONE))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("3 sequences without a token that the loss is taken on");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"examples\": 1, \"targets\": 0, \"hits\": 0, \"loss_sum\": 1.0}",
        "{\"examples\": 1, \"targets\": 2, \"hits\": \"x\", \"loss_sum\": 1.0}",
        "{\"examples\": 1, \"targets\": 2, \"hits\": 1, \"loss_sum\": \"x\"}"
      })
  void whatWasNotWrittenIsRefused(String text) throws JsonProcessingException {
    JsonNode json = JSON.readTree(text);

    assertThatThrownBy(() -> LanguageMetrics.read(json, "evaluation.json"))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("evaluation.json");
  }
}
