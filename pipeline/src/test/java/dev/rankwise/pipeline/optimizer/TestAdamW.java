package dev.rankwise.pipeline.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Golden;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class TestAdamW {
  private static final AdamWSettings DEFAULTS = AdamWSettings.defaults();

  /** Parameters of {@code torch.optim.AdamW} in float, after each of the steps. */
  @TestFactory
  Stream<DynamicTest> agreesWithPyTorchInFloat() {
    return cases()
        .map(
            file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> checkFloat(file)));
  }

  /** The arithmetic itself, on PyTorch's steps in double. */
  @TestFactory
  Stream<DynamicTest> arithmeticAgreesWithPyTorchInDouble() {
    return cases()
        .map(
            file ->
                DynamicTest.dynamicTest(file.getFileName().toString(), () -> checkDouble(file)));
  }

  private static Stream<Path> cases() {
    List<Path> files =
        Stream.of("adamw*.json", "loraplus-*.json")
            .flatMap(glob -> Golden.files("optim", glob).stream())
            .toList();
    Golden.requireSome("AdamW in optim", files.size(), 2);
    return files.stream();
  }

  private static void checkFloat(Path file) {
    JsonNode settings = Golden.json(file);
    try (SafetensorsFile tensors = Golden.tensorsBeside(file)) {
      Map<String, ParameterGroup> groups = groups(settings, tensors);
      int parameters = groups.values().stream().mapToInt(ParameterGroup::length).sum();
      AdamW optimizer = new AdamW(adamW(settings), List.copyOf(groups.values()), parameters);
      OptimizerState state = OptimizerState.fresh(parameters);
      float[] theta = new float[parameters];
      groups.forEach((name, group) -> put(start(tensors, name, group), 0, theta, group));
      for (int step = 0; step < settings.get("steps").asInt(); step++) {
        float[] gradient = new float[parameters];
        for (Map.Entry<String, ParameterGroup> entry : groups.entrySet()) {
          put(tensors.floats(entry.getKey() + ".gradients"), step, gradient, entry.getValue());
        }
        optimizer.update(theta, gradient, state, 1);
        for (Map.Entry<String, ParameterGroup> entry : groups.entrySet()) {
          float[] after = tensors.floats(entry.getKey() + ".after");
          ParameterGroup group = entry.getValue();
          for (int i = 0; i < group.length(); i++) {
            assertThat(theta[group.offset() + i])
                .as("%s[%d] after step %d", entry.getKey(), i, step)
                .isCloseTo(after[step * group.length() + i], within(2e-6f));
          }
        }
      }
    }
  }

  /**
   * Where the steps in float began. In some files {@code start} holds the parameters after the last
   * step in float, from which the steps in double go on; the first update, which without momentum
   * is {@code η·g/(|g| + ε)}, is then taken back.
   */
  private static float[] start(SafetensorsFile tensors, String name, ParameterGroup group) {
    float[] start = tensors.floats(name + ".start");
    float[] after = tensors.floats(name + ".after");
    float[] last = Arrays.copyOfRange(after, after.length - start.length, after.length);
    if (!Arrays.equals(start, last)) {
      return start;
    }
    float[] gradients = tensors.floats(name + ".gradients");
    double decay = 1 - group.rateFactor() * group.weightDecay();
    for (int i = 0; i < start.length; i++) {
      double gradient = gradients[i];
      double update = group.rateFactor() * gradient / (Math.abs(gradient) + DEFAULTS.epsilon());
      start[i] = (float) ((after[i] + update) / decay);
    }
    return start;
  }

  private static void checkDouble(Path file) {
    JsonNode settings = Golden.json(file);
    try (SafetensorsFile tensors = Golden.tensorsBeside(file)) {
      for (Map.Entry<String, ParameterGroup> entry : groups(settings, tensors).entrySet()) {
        if (!tensors.tensors().containsKey(entry.getKey() + ".after_fp64")) {
          Golden.skipped(file, "no values in double");
          return;
        }
        checkDouble(settings, tensors, entry.getKey(), entry.getValue());
      }
    }
  }

  private static void checkDouble(
      JsonNode settings, SafetensorsFile tensors, String name, ParameterGroup group) {
    int length = group.length();
    double[] theta = widened(tensors.floats(name + ".start"), 0, length);
    double[] first = new double[length];
    double[] second = new double[length];
    float[] gradients = tensors.floats(name + ".gradients");
    ByteBuffer after = tensors.bytes(name + ".after_fp64");
    for (int step = 0; step < settings.get("steps").asInt(); step++) {
      AdamWArithmetic arithmetic =
          AdamWArithmetic.of(adamW(settings), step + 1, group.rateFactor(), group.weightDecay());
      double[] gradient = widened(gradients, step, length);
      for (int i = 0; i < length; i++) {
        first[i] = arithmetic.first(first[i], gradient[i]);
        second[i] = arithmetic.second(second[i], gradient[i]);
        theta[i] = arithmetic.moved(theta[i], first[i], second[i]);
        assertThat(theta[i])
            .isCloseTo(after.getDouble((step * length + i) * Double.BYTES), within(1e-12));
      }
    }
  }

  private static AdamWSettings adamW(JsonNode settings) {
    return new AdamWSettings(
        settings.get("betas").get(0).asDouble(),
        settings.get("betas").get(1).asDouble(),
        settings.get("eps").asDouble());
  }

  /** One group for each tensor, at rate 1 of the schedule. */
  private static Map<String, ParameterGroup> groups(JsonNode settings, SafetensorsFile tensors) {
    JsonNode named =
        settings.has("parameters") ? settings.get("parameters") : settings.get("groups");
    Map<String, ParameterGroup> groups = new LinkedHashMap<>();
    int offset = 0;
    for (Map.Entry<String, JsonNode> entry : named.properties()) {
      int length = tensors.floats(entry.getKey() + ".start").length;
      groups.put(
          entry.getKey(),
          new ParameterGroup(
              offset,
              length,
              entry.getValue().get("lr").asDouble(),
              entry.getValue().get("weight_decay").asDouble()));
      offset += length;
    }
    return groups;
  }

  private static void put(float[] from, int step, float[] to, ParameterGroup group) {
    System.arraycopy(from, step * group.length(), to, group.offset(), group.length());
  }

  private static double[] widened(float[] from, int step, int length) {
    double[] to = new double[length];
    for (int i = 0; i < length; i++) {
      to[i] = from[step * length + i];
    }
    return to;
  }

  @Test
  void blocksDoNotChangeTheResult() {
    int parameters = 2000;
    float[] gradient = new float[parameters];
    for (int i = 0; i < parameters; i++) {
      gradient[i] = (float) StrictMath.sin(i);
    }
    float[] whole = updated(gradient, List.of(new ParameterGroup(0, parameters, 1, 0.1)));
    float[] parts =
        updated(
            gradient,
            List.of(
                new ParameterGroup(700, parameters - 700, 1, 0.1),
                new ParameterGroup(0, 1, 1, 0.1),
                new ParameterGroup(1, 699, 1, 0.1)));
    assertThat(parts).isEqualTo(whole);
  }

  private static float[] updated(float[] gradient, List<ParameterGroup> groups) {
    float[] theta = new float[gradient.length];
    Arrays.fill(theta, 0.5f);
    OptimizerState state = OptimizerState.fresh(theta.length);
    AdamW optimizer = new AdamW(DEFAULTS, groups, theta.length);
    for (int step = 0; step < 3; step++) {
      optimizer.update(theta, gradient, state, 0.01);
    }
    return theta;
  }

  @Test
  void restoredStateGoesOnAsIfItHadNotStopped() {
    float[] gradient = {1, -2, 0.5f};
    AdamW optimizer = new AdamW(DEFAULTS, List.of(new ParameterGroup(0, 3, 1, 0.01)), 3);
    float[] through = {1, 1, 1};
    OptimizerState state = OptimizerState.fresh(3);
    optimizer.update(through, gradient, state, 0.1);
    float[] resumed = through.clone();
    OptimizerState restored =
        OptimizerState.restored(state.first(), state.second(), state.updates());
    optimizer.update(through, gradient, state, 0.1);
    optimizer.update(resumed, gradient, restored, 0.1);
    assertThat(resumed).isEqualTo(through);
    assertThat(restored.updates()).isEqualTo(2);
  }

  /** One gradient, however small and long ago, leaves a trace in one of the moments. */
  @Test
  void whatNeverHadAGradientIsTold() {
    AdamW optimizer = new AdamW(DEFAULTS, List.of(new ParameterGroup(0, 4, 1, 0.01)), 4);
    float[] theta = {1, 1, 1, 1};
    OptimizerState state = OptimizerState.fresh(4);
    optimizer.update(theta, new float[] {0, 1e-30f, -0f, -1e-3f}, state, 0.1);
    for (int update = 1; update < 200; update++) {
      optimizer.update(theta, new float[4], state, 0.1);
    }
    assertThat(theta[0]).as("decayed").isLessThan(1);
    assertThat(state.untouched()).isEqualTo(BitSet.valueOf(new long[] {0b0101}));
  }

  @Test
  void groupsMustCoverEveryParameterOnce() {
    assertThatThrownBy(() -> new AdamW(DEFAULTS, List.of(new ParameterGroup(0, 2, 1, 0)), 3))
        .hasMessage("Invalid parameter groups: they cover 2 of 3 parameters");
    assertThatThrownBy(
            () ->
                new AdamW(
                    DEFAULTS,
                    List.of(new ParameterGroup(0, 2, 1, 0), new ParameterGroup(1, 2, 1, 0)),
                    3))
        .hasMessage("Invalid parameter groups: one begins at 1 where 2 is next");
  }

  @Test
  void sizesMustAgree() {
    AdamW optimizer = new AdamW(DEFAULTS, List.of(new ParameterGroup(0, 2, 1, 0)), 2);
    OptimizerState state = OptimizerState.fresh(2);
    assertThatThrownBy(() -> optimizer.update(new float[2], new float[3], state, 1))
        .hasMessage("Invalid sizes: 2 parameters, 3 gradients, 2 moments where 2 belong together");
    assertThat(state.updates()).isZero();
    assertThatThrownBy(() -> OptimizerState.restored(new float[1], new float[2], 0))
        .hasMessageContaining("1 first and 2 second moments");
  }

  @Test
  void constantsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new AdamWSettings(1, 0.9, 1e-8))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid AdamW first decay: 1.0; it must be at least 0 and below 1");
    assertThatThrownBy(() -> new AdamWSettings(0.9, -0.1, 1e-8))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("second decay: -0.1");
    assertThatThrownBy(() -> new AdamWSettings(0.9, 0.999, 0))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid AdamW epsilon: 0.0; it must be a positive, finite number");
    assertThatThrownBy(() -> new ParameterGroup(0, 1, -1, 0))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("learning rate factor: -1.0");
    assertThatThrownBy(() -> new ParameterGroup(0, 1, 1, Double.NaN))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("weight decay: NaN");
    assertThatThrownBy(() -> new ParameterGroup(0, 0, 1, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
