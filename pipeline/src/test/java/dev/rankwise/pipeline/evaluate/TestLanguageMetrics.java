package dev.rankwise.pipeline.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.network.GroupSum.Said;
import dev.rankwise.models.network.Replica.TargetScores;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestLanguageMetrics {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void figuresFollowFromTheSums() {
    LanguageMetrics metrics =
        new LanguageMetrics(3, new TargetScores(8 * Math.log(5), 2, 8, 1, 4, List.of()));

    assertThat(metrics.meanLoss()).isCloseTo(Math.log(5), within(1e-12));
    assertThat(metrics.perplexity()).isCloseTo(5, within(1e-12));
    assertThat(metrics.tokenAccuracy()).isEqualTo(0.25);
    assertThat(metrics.exactMatch()).isEqualTo(0.25);
    assertThat(metrics.mainFigures())
        .containsOnlyKeys("perplexity", "mean_loss", "token_accuracy", "exact_match");
  }

  @Test
  void whatIsWrittenIsReadBack() {
    LanguageMetrics metrics = new LanguageMetrics(3, new TargetScores(1.25, 2, 8, 1, 3, List.of()));
    LanguageMetrics broken =
        new LanguageMetrics(3, new TargetScores(Double.NaN, 2, 8, 0, 3, List.of()));

    assertThat(LanguageMetrics.read(JSON.valueToTree(metrics.fields()), "f")).isEqualTo(metrics);
    assertThat(LanguageMetrics.read(JSON.valueToTree(broken.fields()), "f")).isEqualTo(broken);
    assertThat(broken.mainFigures()).containsOnlyKeys("token_accuracy", "exact_match");
  }

  @Test
  void figuresOfTasksAndLoadsOfExpertsAreReadBack() {
    // Of one router: two experts, their loads, their mean probabilities, the entropy.
    Said said = new Said(4, new float[] {1, 0}, new float[] {2, 0.75f, 0.25f, 0.5f, 0.5f, 0.6f});
    LanguageMetrics routed =
        LanguageMetrics.of(2, new TargetScores(1.5, 1, 4, 0, 2, List.of(said)));
    LanguageMetrics plain = new LanguageMetrics(1, new TargetScores(0.5, 3, 4, 1, 1, List.of()));
    LanguageMetrics whole =
        new LanguageMetrics(3, new TargetScores(2, 4, 8, 1, 3, List.of()))
            .withTasks(Map.of("define", routed, "name", plain));

    assertThat(routed.loads()).containsExactly(List.of(0.75, 0.25));
    assertThat(routed.scores().asides()).isEmpty();
    assertThat(LanguageMetrics.read(JSON.valueToTree(whole.fields()), "f")).isEqualTo(whole);
    assertThat(plain.fields()).doesNotContainKeys("tasks", "router_load");
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
