package dev.rankwise.pipeline.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.failure.TrainingStoppedException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TestGradientPolicy {
  private static final GlobalNormClip NONE = GlobalNormClip.none();

  @ParameterizedTest
  @EnumSource
  void everyPolicyAdmitsFiniteGradients(GradientPolicy policy) {
    assertThat(policy.admits(gradient(1.5, true), 3, NONE)).isTrue();
  }

  @Test
  void stopEndsTheRunWithItsOwnCode() {
    assertThatThrownBy(() -> GradientPolicy.STOP.admits(gradient(Double.NaN, false), 3, NONE))
        .isInstanceOfSatisfying(
            TrainingStoppedException.class,
            e -> assertThat(e.code()).isEqualTo(FailureCode.TRAINING_STOPPED))
        .hasMessage(
            "Training stopped at step 4: the loss is NaN and the gradient's norm 3.0 where both"
                + " must be finite, and the norm after clipping at most 1.0E18; lower the learning"
                + " rate, or set the policy for non-finite gradients to skip or halve");
  }

  @Test
  void stopAlsoSeesANormThatOverflowed() {
    assertThatThrownBy(
            () -> GradientPolicy.STOP.admits(gradient(1, true), Double.POSITIVE_INFINITY, NONE))
        .isInstanceOf(TrainingStoppedException.class)
        .hasMessageContaining("norm Infinity");
  }

  @Test
  void skipRefusesTheStepOnly() {
    assertThat(GradientPolicy.SKIP.admits(gradient(Double.NaN, false), Double.NaN, NONE)).isFalse();
    assertThat(GradientPolicy.SKIP.admits(gradient(1, true), Double.NaN, NONE)).isFalse();
  }

  @Test
  void normWhoseSquareIsNotFiniteIsRefusedUnlessItIsClipped() {
    assertThat(GradientPolicy.SKIP.admits(gradient(1, true), 1e18, NONE)).isTrue();
    assertThat(GradientPolicy.SKIP.admits(gradient(1, true), 1.1e18, NONE)).isFalse();
    assertThat(GradientPolicy.SKIP.admits(gradient(1, true), 1e38, new GlobalNormClip(1))).isTrue();
  }

  @Test
  void halveRefusesTheStepAndHalvesTheRate() {
    assertThat(GradientPolicy.HALVE.admits(gradient(Double.NaN, false), Double.NaN, NONE))
        .isFalse();
    assertThat(GradientPolicy.HALVE.rateFactor()).isEqualTo(0.5);
    assertThat(GradientPolicy.SKIP.rateFactor()).isEqualTo(1);
  }

  private static StepGradient gradient(double loss, boolean finite) {
    return new StepGradient(4, new float[] {1}, loss, 1, 1, List.of(), finite);
  }
}
