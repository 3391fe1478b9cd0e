package dev.rankwise.pipeline.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.adapters.peft.PeftConfig;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.pipeline.optimizer.AdamW;
import dev.rankwise.pipeline.optimizer.AdamWSettings;
import dev.rankwise.pipeline.optimizer.OptimizerState;
import dev.rankwise.pipeline.optimizer.ParameterGroup;
import dev.rankwise.pipeline.train.TrainingSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The groups of LoRA+, against those that PEFT made. */
final class TestLoraPlus {
  private static final double RATE = 1e-3;

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> groupsAreThoseOfPeft() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path file : Golden.files("optim", "loraplus-*.json")) {
      JsonNode golden = Golden.json(file);
      tests.add(DynamicTest.dynamicTest(file.getFileName().toString(), () -> agrees(golden)));
    }
    Golden.requireSome("groups of LoRA+ in optim", tests.size(), 4);
    return tests.stream();
  }

  private void agrees(JsonNode golden) throws IOException {
    Path config = folder.resolve("adapter_config.json");
    Files.writeString(config, golden.get("config").toString());
    Path base = Golden.given("models").resolve(golden.get("base").textValue());
    AdapterSpec spec = PeftConfig.read(config).spec();
    AdapterPlan plan = AdapterPlan.of(ModelConfig.read(base.resolve("config.json")), spec);
    double rate = golden.get("lr").doubleValue();
    LoraPlus rates =
        new LoraPlus(
            golden.get("loraplus_lr_ratio").doubleValue(),
            golden.get("loraplus_lr_embedding").doubleValue());
    List<ParameterGroup> groups =
        rates.groups(plan, rate, golden.get("loraplus_weight_decay").doubleValue());
    assertThat(plan.layout().parameters()).hasSize(golden.get("parameters").size());
    for (Parameter parameter : plan.layout().parameters()) {
      String name = PeftDirectory.nameOnDisk(plan, parameter.tensor());
      JsonNode expected = golden.get("parameters").get(name);
      ParameterGroup group = groupOf(groups, parameter);
      assertThat(group.rateFactor() * rate)
          .as(name)
          .isCloseTo(expected.get("lr").doubleValue(), within(1e-15));
      assertThat(group.weightDecay())
          .as(name)
          .isEqualTo(expected.get("weight_decay").doubleValue());
    }
  }

  private static ParameterGroup groupOf(List<ParameterGroup> groups, Parameter parameter) {
    int offset = parameter.offset();
    ParameterGroup found =
        groups.stream()
            .filter(group -> group.offset() <= offset && offset < group.offset() + group.length())
            .findFirst()
            .orElseThrow();
    assertThat(offset + parameter.tensor().size())
        .isLessThanOrEqualTo(found.offset() + found.length());
    return found;
  }

  /**
   * In its first step Adam moves every parameter by its rate, whatever the gradient's size. PEFT
   * counts AdaLoRA's P as a B, and its Λ, a matrix of one column, as no vector.
   */
  @ParameterizedTest
  @ValueSource(strings = {"lora", "dora", "adalora"})
  void theFirstStepMovesBByTheRatioMoreThanA(String method) {
    AdapterPlan plan = plan(method);
    float[] theta = new float[plan.layout().size()];
    float[] gradient = new float[theta.length];
    Arrays.fill(gradient, 0.5f);
    AdamW optimizer =
        new AdamW(
            AdamWSettings.defaults(), new LoraPlus(16, 1e-6).groups(plan, RATE, 0), theta.length);
    optimizer.update(theta, gradient, OptimizerState.fresh(theta.length), RATE);
    for (Parameter parameter : plan.layout().parameters()) {
      boolean fast =
          parameter.tensor().tensor().startsWith("lora_B")
              || parameter.tensor().shape().size() == 1;
      assertThat((double) theta[parameter.offset()])
          .as(parameter.tensor().name())
          .isCloseTo(fast ? -16 * RATE : -RATE, within(1e-8));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lora", "dora", "adalora", "moe-lora", "full"})
  void everyMethodHasTwoRates(String method) {
    AdapterPlan plan = plan(method);
    List<ParameterGroup> groups = new LoraPlus(16, 1e-6).groups(plan, RATE, 0.01);
    for (Parameter parameter : plan.layout().parameters()) {
      boolean fast =
          parameter.role() == Parameter.Role.FACTOR_B || parameter.tensor().shape().size() == 1;
      assertThat(groupOf(groups, parameter).rateFactor())
          .as(parameter.tensor().name())
          .isEqualTo(fast ? 16 : 1);
    }
  }

  @Test
  void magnitudesMayKeepTheRateWithoutDecay() {
    AdapterPlan plan = plan("dora");
    List<ParameterGroup> slow =
        new LoraPlus(16, 1e-6, LoraPlus.Magnitudes.BASE_RATE).groups(plan, RATE, 0.01);
    List<ParameterGroup> fast = new LoraPlus(16, 1e-6).groups(plan, RATE, 0.01);
    for (Parameter parameter : plan.layout().parameters()) {
      ParameterGroup group = groupOf(slow, parameter);
      if (parameter.role() == Parameter.Role.MAGNITUDE) {
        assertThat(group.rateFactor()).isEqualTo(1);
        assertThat(group.weightDecay()).isZero();
      } else {
        assertThat(group.rateFactor()).isEqualTo(groupOf(fast, parameter).rateFactor());
        assertThat(group.weightDecay()).isEqualTo(groupOf(fast, parameter).weightDecay());
      }
    }
  }

  @Test
  void withoutARatioAndForAHeadAloneThereIsOneGroup() {
    Optional<LoraPlus> faster = Optional.of(new LoraPlus(16, 1e-6));
    assertThat(groups("lora", Optional.empty())).hasSize(1);
    assertThat(groups("none", faster)).isEqualTo(groups("none", Optional.empty()));
    assertThat(groups("lora", faster).size()).isGreaterThan(1);
  }

  @Test
  void magnitudesDoNotDecay() {
    AdapterPlan plan = plan("dora");
    for (Parameter parameter : plan.layout().parameters()) {
      boolean magnitude = parameter.role() == Parameter.Role.MAGNITUDE;
      assertThat(groupOf(groups("dora", Optional.empty()), parameter).weightDecay())
          .isEqualTo(magnitude ? 0 : 0.01);
    }
  }

  private static List<ParameterGroup> groups(String method, Optional<LoraPlus> rates) {
    AdapterPlan plan = plan(method);
    TuningSettings settings =
        new TuningSettings(
            null,
            plan.spec(),
            TrainingSettings.defaults(3, RATE),
            0.01,
            rates,
            AllocationSettings.usual(),
            new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1),
            new TreeMap<>());
    return settings.parameterGroups(plan);
  }

  @Test
  void ratesMustBePositive() {
    for (double wrong : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> new LoraPlus(wrong, 1))
          .isInstanceOf(UserInputException.class)
          .hasMessage("Invalid LoRA+ ratio: " + wrong + " (must be a positive, finite number)");
      assertThatThrownBy(() -> new LoraPlus(1, wrong))
          .isInstanceOf(UserInputException.class)
          .hasMessage(
              "Invalid LoRA+ embedding rate: " + wrong + " (must be a positive, finite number)");
    }
  }

  private static AdapterPlan plan(String method) {
    ModelConfig bert = ModelConfig.read(Golden.own("models/bert/config.json"));
    AdapterSpec spec = AdapterSpec.of(method).withTaskType(AdapterSpec.CLASSIFICATION);
    return AdapterPlan.of(bert, spec);
  }
}
