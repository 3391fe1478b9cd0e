package dev.rankwise.pipeline.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Golden;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class TestGlobalNormClip {

  /** Values of {@code torch.nn.utils.clip_grad_norm_}; every case that the folder holds. */
  @TestFactory
  Stream<DynamicTest> agreesWithPyTorch() {
    List<Path> files = Golden.files("optim", "clipping*.json");
    Golden.requireSome("clipping in optim", files.size(), 1);
    return files.stream()
        .flatMap(
            file ->
                Golden.json(file).properties().stream()
                    .map(
                        entry ->
                            DynamicTest.dynamicTest(
                                file.getFileName() + " " + entry.getKey(),
                                () -> check(file, entry))));
  }

  private static void check(Path file, Map.Entry<String, JsonNode> entry) {
    JsonNode settings = entry.getValue();
    try (SafetensorsFile tensors = Golden.tensorsBeside(file)) {
      float[] gradient = concatenated(tensors, entry.getKey(), "before", settings);
      float[] expected = concatenated(tensors, entry.getKey(), "after", settings);
      double norm = GlobalNormClip.norm(gradient);
      double expectedNorm = settings.get("norm").asDouble();
      assertThat(norm).isCloseTo(expectedNorm, within(1e-6 * expectedNorm));
      new GlobalNormClip(settings.get("max_norm").asDouble()).clip(gradient, norm);
      for (int i = 0; i < expected.length; i++) {
        assertThat(gradient[i]).isCloseTo(expected[i], within(1e-6f * Math.abs(expected[i])));
      }
    }
  }

  private static float[] concatenated(
      SafetensorsFile tensors, String name, String moment, JsonNode settings) {
    List<Float> values = new ArrayList<>();
    for (int i = 0; i < settings.get("tensors").asInt(); i++) {
      for (float value : tensors.floats(name + "." + i + "." + moment)) {
        values.add(value);
      }
    }
    float[] flat = new float[values.size()];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = values.get(i);
    }
    return flat;
  }

  @Test
  void normTakesEveryLength() {
    for (int length = 0; length < 20; length++) {
      float[] gradient = new float[length];
      double sum = 0;
      for (int i = 0; i < length; i++) {
        gradient[i] = i + 1;
        sum += (i + 1.0) * (i + 1.0);
      }
      assertThat(GlobalNormClip.norm(gradient)).isCloseTo(Math.sqrt(sum), within(1e-12));
    }
  }

  @Test
  void normDoesNotOverflowWhereFloatWould() {
    assertThat(GlobalNormClip.norm(new float[] {3e30f, 4e30f})).isCloseTo(5e30, within(1e24));
  }

  @Test
  void withoutAMaximumNothingChanges() {
    float[] gradient = {1e20f, -3};
    GlobalNormClip.none().clip(gradient, GlobalNormClip.norm(gradient));
    assertThat(gradient).containsExactly(1e20f, -3);
  }

  @Test
  void aTinyNormIsClippedByPyTorchsEpsilonToo() {
    float[] gradient = {3e-6f, 4e-6f};
    new GlobalNormClip(4e-6).clip(gradient, GlobalNormClip.norm(gradient));
    // 4e-6 / (5e-6 + 1e-6) is two thirds; without the epsilon it were four fifths.
    assertThat(gradient[0]).isCloseTo(2e-6f, within(1e-11f));
    assertThat(gradient[1]).isCloseTo(8e-6f / 3, within(1e-11f));
  }

  @Test
  void maximumMustBePositive() {
    assertThatThrownBy(() -> new GlobalNormClip(0))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid gradient norm to clip at: 0.0; it must be positive (infinity for no"
                + " clipping)");
    assertThatThrownBy(() -> new GlobalNormClip(Double.NaN)).isInstanceOf(UserInputException.class);
  }
}
