package dev.rankwise.adapters.stack;

import static dev.rankwise.models.CloseFloats.requireClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.AdapterSpec.Initialisation;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.adapters.spec.TrainedBeside.BaseBiases;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestStackedFactors {
  private static final ModelConfig LLAMA = ModelConfig.read(Golden.own("models/llama/config.json"));
  private static final String A = "lora_A.weight";
  private static final String B = "lora_B.weight";
  private static final AdapterSpec FIRST =
      AdapterSpec.of("lora")
          .withRank(3, 7)
          .withTargets(ModuleChoice.of(List.of("q_proj", "o_proj")))
          .withRankPattern(Map.of("o_proj", 2));
  private static final AdapterSpec SECOND =
      AdapterSpec.of("lora")
          .withRank(4, 6)
          .withTargets(ModuleChoice.of(List.of("q_proj", "v_proj")))
          .withScaling(AdapterSpec.Scaling.BY_ROOT_OF_RANK);

  /** Beside a second adapter that changes nothing yet, the update is the first one's. */
  @Test
  void aFreshSecondAdapterLeavesTheFirstOnesUpdate() {
    Adapter first = Specs.random(AdapterPlan.of(LLAMA, FIRST), 1);
    StackedFactors stacked = new StackedFactors(first);
    AdapterPlan plan = stacked.over(LLAMA, SECOND).both();
    float[] start = new float[plan.layout().size()];
    BitSet still = stacked.start(plan, start);
    Adapter both = new Adapter(plan, start);
    for (MatchedModule module : plan.matched().adapted()) {
      String path = module.module().path();
      int own = first.plan().matched().at(path).map(MatchedModule::rank).orElse(0);
      int second = path.endsWith("o_proj") ? 0 : 4;
      assertThat(module.rank()).as(path).isEqualTo(own + second);
      assertThat(module.scale()).as(path).isCloseTo(second > 0 ? 3 : 3.5, within(1e-12));
      requireClose(update(both, module), update(first, module), 1e-5);
    }
    assertThat(still.cardinality()).isEqualTo(first.plan().layout().size());
  }

  /**
   * A keeps its bits everywhere; B does where only the first adapts a module, and where the
   * quotient of the scales is a power of two. Elsewhere it is rounded once.
   */
  @Test
  void theFirstsNumbersKeepTheirBitsButForOneRounding() {
    Adapter first = Specs.random(AdapterPlan.of(LLAMA, FIRST), 1);
    AdapterSpec plain = SECOND.withScaling(AdapterSpec.Scaling.BY_RANK);
    String module = "model.layers.1.self_attn.q_proj";
    double scale = 7.0 / 3;

    float[] own = ofFirst(first, module);
    float[] halved = own.clone();
    for (int i = 0; i < own.length; i++) {
      halved[i] /= 2;
    }
    assertThat(firstB(first, plain.withRank(3, 14), module)).containsExactly(halved);
    float[] rounded = firstB(first, plain.withRank(4, 6), module);
    for (int i = 0; i < own.length; i++) {
      double exact = scale / 1.5 * own[i];
      assertThat(Math.abs(rounded[i] - exact))
          .isLessThanOrEqualTo(Math.scalb(Math.abs(exact), -24));
    }
    String alone = "model.layers.1.self_attn.o_proj";
    assertThat(firstB(first, plain, alone)).containsExactly(ofFirst(first, alone));

    StackedFactors stacked = new StackedFactors(first);
    AdapterPlan both = stacked.over(LLAMA, plain).both();
    float[] start = new float[both.layout().size()];
    stacked.start(both, start);
    float[] a = first.values(first.plan().matched().at(module).orElseThrow()).get(A);
    Adapter begun = new Adapter(both, start);
    float[] rows = begun.values(both.matched().at(module).orElseThrow()).get(A);
    assertThat(Arrays.copyOf(rows, a.length)).containsExactly(a);
  }

  private static float[] ofFirst(Adapter first, String module) {
    return first.values(first.plan().matched().at(module).orElseThrow()).get(B);
  }

  /** B of the first within the two together, row by row. */
  private static float[] firstB(Adapter first, AdapterSpec second, String module) {
    StackedFactors stacked = new StackedFactors(first);
    AdapterPlan plan = stacked.over(LLAMA, second).both();
    float[] start = new float[plan.layout().size()];
    stacked.start(plan, start);
    MatchedModule both = plan.matched().at(module).orElseThrow();
    int own = first.plan().matched().at(module).orElseThrow().rank();
    float[] values = new Adapter(plan, start).values(both).get(B);
    float[] firsts = new float[both.module().outFeatures() * own];
    for (int o = 0; o < both.module().outFeatures(); o++) {
      System.arraycopy(values, o * both.rank(), firsts, o * own, own);
    }
    return firsts;
  }

  /** Whatever the second becomes, both together are the sum of their updates. */
  @Test
  void bothTogetherAreTheSumOfTheirUpdates() {
    Adapter first = Specs.random(AdapterPlan.of(LLAMA, FIRST), 1);
    AdapterSpec plain = SECOND.withScaling(AdapterSpec.Scaling.BY_RANK);
    StackedFactors stacked = new StackedFactors(first);
    AdapterPlan plan = stacked.over(LLAMA, plain).both();
    Adapter trained = Specs.random(plan, 2);
    float[] values = trained.values();
    float[] start = trained.values();
    BitSet still = stacked.start(plan, start);
    still.stream().forEach(i -> values[i] = start[i]);
    float[] alone = trained.values();
    still.stream().forEach(i -> alone[i] = 0);
    Adapter both = new Adapter(plan, values);
    Adapter second = new Adapter(plan, alone);
    for (MatchedModule module : plan.matched().adapted()) {
      float[] sum = update(first, module);
      float[] ofSecond = update(second, module);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += ofSecond[i];
      }
      requireClose(update(both, module), sum, 1e-5);
    }
  }

  private static float[] update(Adapter adapter, MatchedModule module) {
    float[] update = new float[module.module().outFeatures() * module.module().inFeatures()];
    adapter
        .plan()
        .matched()
        .at(module.module().path())
        .ifPresent(
            own ->
                adapter
                    .plan()
                    .method()
                    .merge(own, adapter.values(own), update, 0, module.module().outFeatures()));
    return update;
  }

  @ParameterizedTest
  @ValueSource(strings = {"dora", "adalora", "moe-lora"})
  void otherMethodsAreRefusedByNameOnEitherPlace(String method) {
    Adapter other = Specs.random(AdapterPlan.of(LLAMA, AdapterSpec.of(method)), 1);
    assertThatThrownBy(() -> new StackedFactors(other))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot tune above an adapter of method " + method);
    StackedFactors stacked = new StackedFactors(Specs.random(AdapterPlan.of(LLAMA, FIRST), 1));
    assertThatThrownBy(() -> stacked.over(LLAMA, SECOND.withMethod(method)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot tune method \"" + method + "\" above another adapter");
  }

  @Test
  void whatHasNoPlaceBesideOthersIsRefusedByName() {
    AdapterSpec kept = FIRST.withModulesToSave(List.of("norm"));
    assertThatThrownBy(() -> new StackedFactors(Specs.random(AdapterPlan.of(LLAMA, kept), 1)))
        .hasMessageContaining("trains more than two factors on model.norm");
    AdapterSpec table = FIRST.withTargets(ModuleChoice.of(List.of("embed_tokens", "o_proj")));
    assertThatThrownBy(() -> new StackedFactors(Specs.random(AdapterPlan.of(LLAMA, table), 1)))
        .hasMessageContaining("trains more than two factors on model.embed_tokens");
    StackedFactors stacked = new StackedFactors(Specs.random(AdapterPlan.of(LLAMA, FIRST), 1));
    assertThatThrownBy(
            () ->
                stacked.over(
                    LLAMA, SECOND.withDropout(0.1).withInitialisation(Initialisation.PISSA)))
        .hasMessageContaining("Cannot start from principal factors above another adapter")
        .hasMessageContaining("Cannot tune with dropout above another adapter");
    AdapterSpec onTable = SECOND.withTargets(ModuleChoice.of(List.of("embed_tokens", "o_proj")));
    TrainedBeside beside =
        new TrainedBeside(
            true, BaseBiases.LORA_ONLY, Map.of(TrainedBeside.TOKEN_TABLE, List.of(5)));
    assertThatThrownBy(() -> stacked.over(LLAMA, onTable))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(
            "Cannot adapt model.embed_tokens above another adapter (only linear modules are)");
    assertThatThrownBy(() -> stacked.over(LLAMA, SECOND.withBeside(beside)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot tune with lora_bias above another adapter")
        .hasMessageContaining("Cannot train biases of the base above another adapter")
        .hasMessageContaining("Cannot train rows of a table above another adapter");
  }
}
