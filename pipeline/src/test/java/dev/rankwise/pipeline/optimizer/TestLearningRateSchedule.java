package dev.rankwise.pipeline.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Golden;
import dev.rankwise.models.failure.UserInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class TestLearningRateSchedule {
  private static final Map<String, RateShape> NAMES =
      Map.of(
          "constant", RateShape.CONSTANT,
          "constant_with_warmup", RateShape.CONSTANT_WITH_WARMUP,
          "linear", RateShape.LINEAR,
          "cosine", RateShape.COSINE,
          "cosine_with_restarts", RateShape.COSINE_WITH_RESTARTS,
          "cosine_with_min_lr", RateShape.COSINE_WITH_MINIMUM,
          "polynomial", RateShape.POLYNOMIAL,
          "inverse_sqrt", RateShape.INVERSE_SQUARE_ROOT);

  private static final Set<String> OPTIONS = Set.of("num_cycles", "power", "lr_end", "min_lr_rate");

  /** Factors of {@code transformers.get_scheduler}, step by step; every schedule of the folder. */
  @TestFactory
  Stream<DynamicTest> agreesWithTransformers() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path file : Golden.files("optim", "schedules*.json")) {
      for (JsonNode recorded : Golden.json(file).get("schedules")) {
        String name =
            "%s %s, %s of %s steps"
                .formatted(
                    recorded.get("name").asText(),
                    recorded.get("options"),
                    recorded.get("warmup_steps"),
                    recorded.get("training_steps"));
        if (isOffered(recorded)) {
          tests.add(DynamicTest.dynamicTest(name, () -> check(recorded)));
        } else {
          Golden.skipped(file, "no such schedule: " + name);
        }
      }
    }
    Golden.requireSome("schedules in optim", tests.size(), 20);
    return tests.stream();
  }

  private static boolean isOffered(JsonNode recorded) {
    return NAMES.containsKey(recorded.get("name").asText())
        && recorded.get("options").properties().stream()
            .allMatch(option -> OPTIONS.contains(option.getKey()));
  }

  private static void check(JsonNode recorded) {
    LearningRateSchedule schedule = schedule(recorded);
    JsonNode factors = recorded.get("factor");
    for (int step = 0; step < factors.size(); step++) {
      assertThat(schedule.factor(step))
          .as("step %d", step)
          .isCloseTo(factors.get(step).asDouble(), within(1e-12));
    }
    assertThat(schedule.factor(factors.size()))
        .isCloseTo(recorded.get("factor_after_last").asDouble(), within(1e-12));
  }

  private static LearningRateSchedule schedule(JsonNode recorded) {
    RateShape shape = NAMES.get(recorded.get("name").asText());
    LearningRateSchedule schedule =
        LearningRateSchedule.of(
            shape, recorded.get("warmup_steps").asInt(), recorded.get("training_steps").asInt());
    for (Map.Entry<String, JsonNode> option : recorded.get("options").properties()) {
      double value = option.getValue().asDouble();
      switch (option.getKey()) {
        case "num_cycles" -> schedule = schedule.withCycles(value);
        case "power" -> schedule = schedule.withPower(value);
        default -> schedule = schedule.withMinimumFactor(value);
      }
    }
    return schedule;
  }

  @Test
  void aRunThatOnlyWarmsUpStaysFinite() {
    for (RateShape shape : RateShape.values()) {
      LearningRateSchedule schedule = LearningRateSchedule.of(shape, 5, 5);
      for (int step = 0; step <= 6; step++) {
        assertThat(schedule.factor(step)).isBetween(0.0, 1.0);
      }
    }
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    assertThatThrownBy(() -> LearningRateSchedule.of(RateShape.LINEAR, 6, 5))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid number of warm-up steps: 6; it must be between 0 and the run's 5 steps");
    assertThatThrownBy(() -> LearningRateSchedule.of(RateShape.LINEAR, 0, 0))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid number of training steps: 0; it must be at least 1");
    LearningRateSchedule cosine = LearningRateSchedule.of(RateShape.COSINE, 0, 5);
    assertThatThrownBy(() -> cosine.withCycles(0))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("0.0 cycles");
    assertThatThrownBy(() -> cosine.withPower(-1)).isInstanceOf(UserInputException.class);
    assertThatThrownBy(() -> cosine.withMinimumFactor(1.5)).isInstanceOf(UserInputException.class);
  }
}
