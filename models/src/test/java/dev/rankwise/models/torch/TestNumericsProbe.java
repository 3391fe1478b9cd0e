package dev.rankwise.models.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What the probe of a processor's arithmetic covers. */
final class TestNumericsProbe {
  private static final int ROWS = 192;
  private static final int FEATURES = 384;

  @Test
  void theForwardAndTheBackwardPassAreProbed() {
    List<float[]> results = NumericsProbe.results(1);
    assertThat(results).hasSize(3);
    assertThat(results.get(1)).as("gradient of the input").hasSize(ROWS * FEATURES);
    assertThat(results.get(2)).as("gradient of a low-rank factor").hasSize(24 * FEATURES);
    for (float[] result : results) {
      assertThat(result[0]).isNotZero();
      for (float value : result) {
        assertThat(Float.isFinite(value)).isTrue();
      }
    }
    assertThat(NumericsProbe.run(1).sha256()).isEqualTo(NumericsProbe.hash(results));
  }

  @Test
  void oneBitAnywhereGivesAnotherHash() {
    float[] values = {1, 2};
    float[] gradientOfInput = {3};
    float[] gradientOfFactor = {4, 5};
    List<float[]> results = List.of(values, gradientOfInput, gradientOfFactor);
    String hash = NumericsProbe.hash(results);
    for (float[] result : results) {
      for (int i = 0; i < result.length; i++) {
        float before = result[i];
        result[i] = Math.nextUp(before);
        assertThat(NumericsProbe.hash(results)).isNotEqualTo(hash);
        result[i] = before;
      }
    }
    assertThat(NumericsProbe.hash(results)).isEqualTo(hash);
  }
}
