package dev.rankwise.pipeline.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.optimizer.LearningRateSchedule;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class TestTrainingSettings {

  @Test
  void defaultsAreThoseOfTheDocuments() {
    TrainingSettings settings = TrainingSettings.defaults(3, 1e-3);
    assertThat(settings.plan().batchSize()).isEqualTo(32);
    assertThat(settings.plan().groups()).isEqualTo(8);
    assertThat(settings.clip().maximumNorm()).isEqualTo(1);
    LearningRateSchedule schedule = settings.schedule(250);
    assertThat(schedule.warmupSteps()).isEqualTo(15);
    assertThat(schedule.factor(15)).isEqualTo(1);
    assertThat(schedule.factor(249)).isCloseTo(1.0 / 235, within(1e-12));
  }

  @Test
  void learningRateMustBePositive() {
    assertThatThrownBy(() -> TrainingSettings.defaults(1, 0))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid learning rate: 0.0; it must be a positive, finite number");
    assertThatThrownBy(() -> TrainingSettings.defaults(1, Double.POSITIVE_INFINITY))
        .isInstanceOf(UserInputException.class);
  }

  @Test
  void warmUpIsAShareOrANumber() {
    assertThat(WarmUp.ofFraction(0.06).stepsOf(101)).isEqualTo(7);
    assertThat(WarmUp.ofSteps(9).stepsOf(101)).isEqualTo(9);
    assertThat(WarmUp.ofSteps(9).stepsOf(5)).isEqualTo(5);
    assertThat(WarmUp.none().stepsOf(5)).isZero();
    assertThatThrownBy(() -> WarmUp.ofFraction(1.5))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid warm-up: 0 steps, fraction 1.5; steps must be at least 0 and the fraction"
                + " between 0 and 1");
    assertThatThrownBy(() -> WarmUp.ofSteps(-1)).isInstanceOf(UserInputException.class);
    assertThatThrownBy(() -> new WarmUp(1, 0.5))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid warm-up: 1 steps and a fraction of 0.5; give one of them");
  }

  @Test
  void sparkSettingsOfTheUserWin() {
    SparkConf conf = new SparkConf(false).set("spark.locality.wait", "1s");
    SparkDefaults.applyTo(conf);
    assertThat(conf.get("spark.locality.wait")).isEqualTo("1s");
    assertThat(conf.get("spark.broadcast.compress")).isEqualTo("false");
    assertThat(SparkDefaults.settings()).containsKey("spark.task.maxDirectResultSize");
  }

  @Test
  void resultsThatTheDriverWouldRefuseAreRefusedBefore() {
    SparkConf conf = new SparkConf(false).set("spark.driver.maxResultSize", "1g");
    SparkDefaults.checkResultSize(conf, 8, 500_000);
    assertThatThrownBy(() -> SparkDefaults.checkResultSize(conf, 32, 10_000_000))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot collect the gradients of a step: 32 groups of 10000000 parameters are"
                + " 1280131072 bytes, and spark.driver.maxResultSize allows 1073741824; set --conf"
                + " spark.driver.maxResultSize=1284m, or use fewer groups");
    SparkDefaults.checkResultSize(
        conf.set("spark.driver.maxResultSize", "0"), 4096, Integer.MAX_VALUE);
  }
}
