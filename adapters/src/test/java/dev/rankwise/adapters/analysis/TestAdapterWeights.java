package dev.rankwise.adapters.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.merge.MergedWeights;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.svd.DenseSvd;
import dev.rankwise.adapters.svd.Svd;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an adapter makes of its base's weights, beside what merging writes. */
final class TestAdapterWeights {

  @ParameterizedTest
  @CsvSource({"lora, llama", "dora, llama", "adalora, llama", "lora, gpt2", "dora, gpt2"})
  void tunedWeightsAreThoseThatMergingWrites(String method, String family) {
    Path base = Golden.own("models/" + family);
    ModelConfig config = ModelConfig.read(base.resolve("config.json"));
    Adapter adapter = Specs.random(AdapterPlan.of(config, AdapterSpec.of(method)), 5);
    try (SafetensorsFile file = SafetensorsFile.open(base.resolve("model.safetensors"))) {
      BaseWeights frozen = BaseWeights.of(file, ModuleTree.of(config));
      AdapterWeights weights = new AdapterWeights(adapter);
      MergedWeights merged = MergedWeights.of(adapter, frozen);
      assertThat(weights.modules()).hasSameSizeAs(adapter.plan().matched().adapted());
      for (ModuleShape module : weights.modules()) {
        String name = module.path() + ".weight";
        float[] start = frozen.outputFirst(name);
        float[] tuned = weights.tuned(module, start);
        assertThat(tuned).isEqualTo(outputFirst(frozen, module, merged.floats(name)));
        requireSameValues(weights, module, start, tuned);
      }
    }
  }

  /** The factors' singular values are those of the dense update, up to the rounding of weights. */
  private static void requireSameValues(
      AdapterWeights weights, ModuleShape module, float[] start, float[] tuned) {
    double[] dense =
        DenseSvd.of(
                WholeWeights.difference(start, tuned), module.outFeatures(), module.inFeatures(), 0)
            .values();
    Svd svd = weights.svd(module, start, tuned, 3);
    assertThat(svd.left().length).isBetween(1, 3);
    assertThat(svd.right().length).isEqualTo(svd.left().length);
    for (int k = 0; k < dense.length; k++) {
      double value = k < svd.values().length ? svd.values()[k] : 0;
      assertThat(value).as("%s, value %s", module.path(), k).isCloseTo(dense[k], within(1e-5));
    }
  }

  private static float[] outputFirst(BaseWeights frozen, ModuleShape module, float[] weight) {
    if (!frozen.isStoredInputFirst(module.path() + ".weight")) {
      return weight;
    }
    float[] turned = new float[weight.length];
    for (int o = 0; o < module.outFeatures(); o++) {
      for (int i = 0; i < module.inFeatures(); i++) {
        turned[o * module.inFeatures() + i] = weight[i * module.outFeatures() + o];
      }
    }
    return turned;
  }

  @Test
  void whatIsTrainedInFullIsReadAsItIs() {
    Path base = Golden.own("models/gpt2");
    ModelConfig config = ModelConfig.read(base.resolve("config.json"));
    AdapterPlan plan = AdapterPlan.of(config, AdapterSpec.of("full"));
    try (SafetensorsFile file = SafetensorsFile.open(base.resolve("model.safetensors"))) {
      BaseWeights frozen = BaseWeights.of(file, ModuleTree.of(config));
      Adapter untrained = new Adapter(plan, InitialParameters.draw(0, plan, frozen));
      TunedWeights kept = new AdapterWeights(untrained);
      TunedWeights whole = new WholeWeights(ModuleTree.of(config), frozen);
      assertThat(kept.modules()).containsAll(whole.modules()).isNotEmpty();
      for (ModuleShape module : whole.modules()) {
        float[] start = frozen.outputFirst(module.path() + ".weight");
        assertThat(kept.tuned(module, start)).isEqualTo(start);
        WeightUpdate update = WeightUpdate.of(kept, module, start, 2);
        assertThat(update.relativeNorm()).isZero();
        assertThat(update.rows().direction()).isZero();
        assertThat(update.columns().magnitude()).isZero();
        assertThat(update.spectrum().effectiveRank()).isZero();
        assertThat(WeightUpdate.of(whole, module, start, 0).relativeNorm()).isZero();
      }
    }
  }

  @Test
  void aMixtureMeansNoOneWeight() {
    ModelConfig llama = ModelConfig.read(Golden.own("models/llama/config.json"));
    Adapter mixture = Specs.random(AdapterPlan.of(llama, AdapterSpec.of("moe-lora")), 1);
    assertThatThrownBy(() -> new AdapterWeights(mixture)).isInstanceOf(UserInputException.class);
  }

  @Test
  void aModuleWithoutTripletsHasNoDirection() {
    ModelConfig llama = ModelConfig.read(Golden.own("models/llama/config.json"));
    AdapterSpec spec = AdapterSpec.of("adalora").withRank(2, 2);
    String first = AdapterPlan.of(llama, spec).matched().adapted().get(0).module().path();
    AdapterSpec narrowed =
        spec.withAllocation(spec.allocation().withLive(Map.of(first, List.of(false, false))));
    AdapterWeights weights = new AdapterWeights(Specs.random(AdapterPlan.of(llama, narrowed), 1));
    ModuleShape module = weights.modules().get(0);
    float[] start = new float[module.outFeatures() * module.inFeatures()];
    assertThat(weights.svd(module, start, start, 4).values()).isEmpty();
  }
}
