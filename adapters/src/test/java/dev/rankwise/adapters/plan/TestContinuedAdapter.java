package dev.rankwise.adapters.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.AdapterSpec.Initialisation;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestContinuedAdapter {
  private static final ModelConfig LLAMA = ModelConfig.read(Golden.own("models/llama/config.json"));
  private static final AdapterSpec SPEC =
      AdapterSpec.of("lora")
          .withRank(3, 6)
          .withTargets(ModuleChoice.of(List.of("q_proj", "o_proj")));

  private final Adapter earlier = Specs.random(AdapterPlan.of(LLAMA, SPEC), 1);
  private final ContinuedAdapter continued = new ContinuedAdapter(earlier);

  @Test
  void itsNumbersAreTheStart() {
    assertThat(continued.parameters(AdapterPlan.of(LLAMA, SPEC))).isEqualTo(earlier.values());
  }

  @Test
  void whatTheNumbersMeanMustBeTheSame() {
    refused(
        SPEC.withRank(4, 8),
        "its rank of model.layers.0.self_attn.q_proj: 3, and this recipe's: 4");
    refused(SPEC.withRank(3, 9), "its scale of model.layers.0.self_attn.q_proj: 2.0, and this");
    refused(SPEC.withMethod("dora"), "its method: lora, and this recipe's: dora");
    refused(
        SPEC.withTargets(ModuleChoice.of(List.of("q_proj"))),
        "its modules: model.layers.0.self_attn.o_proj, and this recipe's: model.layers.1");
    refused(
        SPEC.withTargets(ModuleChoice.of(List.of("q_proj", "o_proj", "up_proj"))),
        "its modules: model.layers.1.self_attn.q_proj, and this recipe's: model.layers.0.mlp.up_proj");
    refused(SPEC.withLayers(List.of(0)), "its number of modules: ");
  }

  @Test
  void whatIsTrainedBesideMustBeTheSame() {
    ModelConfig bert =
        ModelConfig.read(Golden.own("models/bert/config.json"))
            .forClassification(List.of("a", "b"));
    AdapterPlan before = AdapterPlan.of(bert, Specs.uneven(List.of("classifier")));
    AdapterPlan now = AdapterPlan.of(bert, Specs.uneven(List.of("classifier", "pooler")));

    assertThatThrownBy(() -> new ContinuedAdapter(Specs.random(before, 2)).parameters(now))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("its tensors: ")
        .hasMessageContaining("pooler");
  }

  @Test
  void theClassesMustBeTheSame() {
    ModelConfig bert = ModelConfig.read(Golden.own("models/bert/config.json"));
    AdapterSpec spec = Specs.uneven(List.of("classifier"));
    AdapterPlan before = AdapterPlan.of(bert.forClassification(List.of("a", "b")), spec);
    AdapterPlan now = AdapterPlan.of(bert.forClassification(List.of("b", "a")), spec);

    assertThatThrownBy(() -> new ContinuedAdapter(Specs.random(before, 2)).parameters(now))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot begin as the adapter of adapter.start: its classes: [a, b], and this recipe's:"
                + " [b, a] (must be the same); give the recipe the earlier settings, or leave"
                + " adapter.start out to begin from scratch");
  }

  @ParameterizedTest
  @ValueSource(strings = {"adalora", "vora", "full", "none"})
  void whatIsNotSavedAsItIsTrainedIsNoStart(String method) {
    assertThat(ContinuedAdapter.problem(SPEC.withMethod(method)).orElseThrow())
        .startsWith("adapter.start and adapter.method " + method + " contradict each other: ");
  }

  @Test
  void twoStartsContradictEachOther() {
    assertThat(ContinuedAdapter.problem(SPEC)).isEmpty();
    assertThat(
            ContinuedAdapter.problem(SPEC.withInitialisation(Initialisation.PISSA)).orElseThrow())
        .contains("both say how the factors start");
  }

  private void refused(AdapterSpec spec, String why) {
    assertThatThrownBy(() -> continued.parameters(AdapterPlan.of(LLAMA, spec)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(why)
        .hasMessageEndingWith("or leave adapter.start out to begin from scratch");
  }
}
