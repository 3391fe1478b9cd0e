package dev.rankwise.adapters.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TestModuleFigures {
  private static final ModelConfig BERT = ModelConfig.read(Golden.own("models/bert/config.json"));
  private static final ModelConfig LLAMA = ModelConfig.read(Golden.own("models/llama/config.json"));

  @Test
  void modulesThatAreAlikeHaveOneFigure() {
    AdapterSpec spec = AdapterSpec.of("lora").withRank(8, 12);
    assertThat(ModuleFigures.of(AdapterPlan.of(LLAMA, spec)))
        .contains(new ModuleFigures("4 modules", "8", "12", "1.5"));
    assertThat(ModuleFigures.of(AdapterPlan.of(LLAMA, spec)).orElseThrow().text())
        .isEqualTo("rank 8, alpha 12");
  }

  /** Two layers: queries of rank 2, one value of 3 and one of 5, four other products of 3. */
  @Test
  void unlikeModulesAreCountedByFigure() {
    ModuleFigures figures =
        ModuleFigures.of(AdapterPlan.of(BERT, Specs.uneven(List.of()))).orElseThrow();
    assertThat(figures.modules()).isEqualTo("8 modules");
    assertThat(figures.rank()).isEqualTo("2 (2 modules), 3 (5 modules), 5 (1 module)");
    assertThat(figures.alpha()).isEqualTo("6 (6 modules), 7 (2 modules)");
    assertThat(figures.scale())
        .isEqualTo("1.4 (1 module), 2 (4 modules), 2.3333333333333335 (1 module), 3 (2 modules)");
  }

  @Test
  void manyFiguresAreARange() {
    Map<String, Integer> ranks = new LinkedHashMap<>();
    ranks.put("0.*q_proj", 2);
    ranks.put("1.*q_proj", 3);
    ranks.put("0.*v_proj", 4);
    ranks.put("1.*v_proj", 5);
    AdapterSpec spec =
        AdapterSpec.of("lora")
            .withTargets(ModuleChoice.of(List.of("q_proj", "v_proj", "o_proj")))
            .withRankPattern(ranks);
    assertThat(ModuleFigures.of(AdapterPlan.of(LLAMA, spec)).orElseThrow().rank())
        .isEqualTo("2 to 8");
  }

  /** What AdaLoRA took away counts no more; its scale stays that of the rank at the start. */
  @Test
  void ofAdaLoraTheRanksThatAreLeftAreTold() {
    AdapterSpec all = AdapterSpec.of("adalora").withRank(4, 8);
    String path = "model.layers.0.self_attn.q_proj";
    Map<String, List<Boolean>> live = Map.of(path, List.of(true, false, false, false));
    AdapterSpec left = all.withAllocation(all.allocation().withLive(live));
    ModuleFigures figures = ModuleFigures.of(AdapterPlan.of(LLAMA, left)).orElseThrow();
    assertThat(figures.rank()).isEqualTo("1 (1 module), 4 (3 modules)");
    assertThat(figures.alpha()).isEqualTo("8");
  }

  @Test
  void whatHasNoRankHasNoFigures() {
    assertThat(ModuleFigures.of(AdapterPlan.of(LLAMA, AdapterSpec.of("ia3")))).isEmpty();
    AdapterSpec none = AdapterSpec.of("none").withModulesToSave(Collections.singletonList("norm"));
    assertThat(ModuleFigures.of(AdapterPlan.of(LLAMA, none))).isEmpty();
  }
}
