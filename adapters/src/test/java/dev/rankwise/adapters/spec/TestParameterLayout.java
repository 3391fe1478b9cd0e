package dev.rankwise.adapters.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.lora.Lora;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.network.TrainableTensor;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestParameterLayout {
  private static final ModuleTree BERT =
      ModuleTree.of(ModelConfig.read(Golden.own("models/bert/config.json")));
  private static final ParameterLayout LAYOUT =
      ParameterLayout.of(
          ModuleMatcher.match(BERT, Specs.uneven(List.of("pooler")), Strictness.STRICT),
          new Lora());

  @Test
  void tensorsLieInTheOrderOfTheTreeAndThenOfTheirNames() {
    assertThat(LAYOUT.tensors().stream().map(TrainableTensor::name))
        .startsWith(
            "bert.encoder.layer.0.attention.self.query.lora_A.weight",
            "bert.encoder.layer.0.attention.self.query.lora_B.weight",
            "bert.encoder.layer.0.attention.self.value.lora_A.weight")
        .endsWith(
            "bert.pooler.dense.bias",
            "bert.pooler.dense.weight",
            "classifier.bias",
            "classifier.weight");
  }

  @Test
  void rolesTellFactorsFromKeptTensors() {
    assertThat(LAYOUT.parameters().get(0).role()).isEqualTo(Parameter.Role.FACTOR_A);
    assertThat(LAYOUT.parameters().get(1).role()).isEqualTo(Parameter.Role.FACTOR_B);
    assertThat(LAYOUT.parameters().get(LAYOUT.parameters().size() - 1).role())
        .isEqualTo(Parameter.Role.KEPT);
  }

  @Test
  void offsetsFollowOneAnother() {
    assertThat(LAYOUT.offsetOf("bert.encoder.layer.0.attention.self.query.lora_B.weight"))
        .isEqualTo(2 * 48);
    assertThat(LAYOUT.offsetOf("classifier.weight") + 3 * 48).isEqualTo(LAYOUT.size());
    assertThat(new ParameterLayout(List.of()).size()).isZero();
  }

  @Test
  void gapsAndUnknownNamesAreBugs() {
    TrainableTensor tensor = new TrainableTensor("m", "weight", List.of(2));
    assertThatThrownBy(
            () -> new ParameterLayout(List.of(new Parameter(tensor, 1, Parameter.Role.KEPT))))
        .isInstanceOf(InternalException.class)
        .hasMessage("Parameter m.weight lies at 1, must lie at 0");
    assertThatThrownBy(() -> LAYOUT.offsetOf("m.weight"))
        .isInstanceOf(InternalException.class)
        .hasMessage("No parameter m.weight in the layout");
  }
}
