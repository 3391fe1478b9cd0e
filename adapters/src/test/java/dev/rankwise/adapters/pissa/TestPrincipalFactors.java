package dev.rankwise.adapters.pissa;

import static dev.rankwise.models.CloseFloats.requireClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.AdapterSpec.Initialisation;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.svd.DenseSvd;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestPrincipalFactors {
  private static final AdapterSpec SPEC =
      AdapterSpec.of("lora").withRank(3, 6).withInitialisation(Initialisation.PISSA);

  @ParameterizedTest
  @ValueSource(strings = {"llama", "gpt2", "bert"})
  void aFreshAdapterChangesNothingAndItsFirstHalfIsTheLargestPartOfTheWeight(String family) {
    with(
        family,
        SPEC,
        (plan, weights) -> {
          float[] values = InitialParameters.draw(0, plan, weights);
          BitSet still = PrincipalFactors.start(plan, values, weights);
          assertThat(PrincipalFactors.still(plan)).isEqualTo(still.cardinality());
          Adapter adapter = new Adapter(plan, values);
          for (MatchedModule module : plan.matched().adapted()) {
            ModuleShape shape = module.module();
            assertThat(module.rank()).isEqualTo(6);
            assertThat(module.scale()).isEqualTo(2);
            float[] weight = weights.outputFirst(shape.path() + ".weight");
            float[] merged = weight.clone();
            plan.method().merge(module, adapter.values(module), merged, 0, shape.outFeatures());
            requireClose(merged, weight, 1e-6);
            requireLargestPart(adapter, module, weight);
          }
          requireHalf(plan, still);
        });
  }

  /**
   * Without the half that stands still, what is merged is the weight and its largest part again.
   */
  private static void requireLargestPart(Adapter adapter, MatchedModule module, float[] weight) {
    ModuleShape shape = module.module();
    Map<String, float[]> tensors = adapter.values(module);
    float[] b = tensors.get("lora_B.weight");
    for (int o = 0; o < shape.outFeatures(); o++) {
      for (int k = 3; k < 6; k++) {
        b[o * 6 + k] = 0;
      }
    }
    float[] merged = new float[weight.length];
    adapter.plan().method().merge(module, tensors, merged, 0, shape.outFeatures());
    float[] rest = new float[weight.length];
    for (int i = 0; i < rest.length; i++) {
      rest[i] = weight[i] - merged[i];
    }
    double[] whole = DenseSvd.of(weight, shape.outFeatures(), shape.inFeatures(), 0).values();
    double[] left = DenseSvd.of(rest, shape.outFeatures(), shape.inFeatures(), 0).values();
    for (int k = 0; k + 3 < whole.length; k++) {
      assertThat(left[k]).isCloseTo(whole[k + 3], within(1e-5));
    }
  }

  private static void requireHalf(AdapterPlan plan, BitSet still) {
    for (Parameter parameter : plan.layout().parameters()) {
      int begin = parameter.offset();
      int size = parameter.tensor().size();
      assertThat(still.get(begin, begin + size).cardinality()).isEqualTo(size / 2);
    }
  }

  @Test
  void rsLoraKeepsItsScale() {
    AdapterSpec spec =
        new AdapterSpec(
            "lora",
            4,
            8,
            0,
            AdapterSpec.Scaling.BY_ROOT_OF_RANK,
            Initialisation.PISSA,
            ModuleChoice.of(List.of("q_proj")),
            ModuleChoice.unset(),
            List.of(),
            List.of(),
            Map.of(),
            Map.of(),
            List.of(),
            SPEC.beside(),
            "");
    AdapterSpec doubled = PrincipalFactors.doubled(spec);
    assertThat(doubled.rank()).isEqualTo(8);
    assertThat(doubled.scaling().scale(doubled.alpha(), doubled.rank()))
        .isCloseTo(spec.scaling().scale(8, 4), within(1e-12));
    assertThat(doubled.initialisation()).isEqualTo(Initialisation.KAIMING_UNIFORM);
    assertThatThrownBy(() -> PrincipalFactors.doubled(spec.withRankPattern(Map.of("q_proj", 2))))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("with rsLoRA and a rank or alpha pattern");
  }

  @Test
  void dropoutWouldAlsoDropTheHalfThatIsPartOfTheWeight() {
    assertThatThrownBy(() -> PrincipalFactors.doubled(SPEC.withDropout(0.1)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot start from principal factors with dropout");
  }

  @Test
  void patternsDouble() {
    AdapterSpec doubled =
        PrincipalFactors.doubled(
            SPEC.withRankPattern(Map.of("q_proj", 2)).withAlphaPattern(Map.of("q_proj", 5.0)));
    assertThat(doubled.rankPattern()).containsEntry("q_proj", 4);
    assertThat(doubled.alphaPattern()).containsEntry("q_proj", 10.0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"dora", "adalora", "moe-lora", "full", "none"})
  void otherMethodsAreRefusedByName(String method) {
    assertThatThrownBy(() -> PrincipalFactors.doubled(SPEC.withMethod(method)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot start method \"" + method + "\" from principal factors");
  }

  @Test
  void tablesAndRanksBeyondTheWeightAreRefusedByName() {
    with(
        "llama",
        SPEC.withTargets(ModuleChoice.of(List.of("embed_tokens"))),
        (plan, weights) ->
            assertThatThrownBy(() -> start(plan, weights))
                .isInstanceOf(UserInputException.class)
                .hasMessageContaining("it is no linear module"));
    with(
        "llama",
        SPEC.withRank(1000, 1),
        (plan, weights) ->
            assertThatThrownBy(() -> start(plan, weights))
                .isInstanceOf(UserInputException.class)
                .hasMessageContaining("of rank 1000 (its weight has"));
  }

  private static void start(AdapterPlan plan, BaseWeights weights) {
    PrincipalFactors.start(plan, new float[plan.layout().size()], weights);
  }

  @FunctionalInterface
  private interface Check {
    void of(AdapterPlan plan, BaseWeights weights);
  }

  private static void with(String family, AdapterSpec spec, Check check) {
    Path base = Golden.own("models/" + family);
    ModelConfig config = ModelConfig.read(base.resolve("config.json"));
    AdapterPlan plan = AdapterPlan.of(config, PrincipalFactors.doubled(spec));
    try (SafetensorsFile file = SafetensorsFile.open(base.resolve("model.safetensors"))) {
      check.of(plan, BaseWeights.of(file, ModuleTree.of(config)));
    }
  }
}
