package dev.rankwise.adapters.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What goes beyond PEFT; that matching equals PEFT's is shown by {@code TestTargetsReport}. */
final class TestModuleMatcher {
  private static final ModuleTree BERT =
      ModuleTree.of(ModelConfig.read(Golden.own("models/bert/config.json")));

  @Test
  void everythingThatMatchesNothingIsNamed() {
    AdapterSpec spec =
        spec(
            ModuleChoice.of(List.of("query", "q_proj")),
            List.of(),
            List.of(),
            Map.of("keys", 2),
            Map.of("values", 2.0),
            List.of("poler", "dropout"));
    assertThatThrownBy(() -> ModuleMatcher.match(BERT, spec, Strictness.STRICT))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Nothing of BertForSequenceClassification matches [q_proj, keys, values, poler, dropout]"
                + " (every target, exclusion, pattern, layer and module to save must match); the linear modules are"
                + " [query, key, value, dense, classifier]");
    assertThat(ModuleMatcher.match(BERT, spec, Strictness.AS_PEFT).adapted()).hasSize(2);
  }

  /** An output embedding that is the token table has no weight that could be saved. */
  @Test
  void aTiedOutputEmbeddingIsNoModuleToSave() {
    ModuleTree tied = ModuleTree.of(ModelConfig.read(Golden.own("models/llama/config.json")));
    AdapterSpec spec = AdapterSpec.of("lora").withModulesToSave(List.of("lm_head", "nothing"));
    String message =
        "Cannot train lm_head of LlamaForCausalLM in full: its weight is that of the token table"
            + " model.embed_tokens (tie_word_embeddings), and it has none of its own; take"
            + " \"lm_head\" out of adapter.modules-to-save, or name it in adapter.targets, which"
            + " gives it factors of its own";
    assertThatThrownBy(() -> ModuleMatcher.match(tied, spec, Strictness.STRICT))
        .isInstanceOf(UserInputException.class)
        .hasMessage(message);
    assertThatThrownBy(() -> ModuleMatcher.matchKept(tied, spec, Strictness.STRICT))
        .hasMessage(message);
    ModuleTree untied = ModuleTree.of(ModelConfig.read(Golden.own("models/mistral/config.json")));
    AdapterSpec head = AdapterSpec.of("lora").withModulesToSave(List.of("lm_head"));
    assertThat(ModuleMatcher.match(untied, head, Strictness.STRICT).kept())
        .containsExactly("lm_head");
    AdapterSpec remedy =
        AdapterSpec.of("lora").withTargets(ModuleChoice.of(List.of("q_proj", "lm_head")));
    assertThat(ModuleMatcher.match(tied, remedy, Strictness.STRICT).at("lm_head")).isPresent();
  }

  @Test
  void noMatchNamesWhatCouldBeMatched() {
    AdapterSpec spec = AdapterSpec.of("lora").withTargets(ModuleChoice.of(List.of("q_proj")));
    assertThatThrownBy(() -> ModuleMatcher.match(BERT, spec, Strictness.AS_PEFT))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "No module of BertForSequenceClassification matches the targets [q_proj]; name some of"
                + " [query, key, value, dense, classifier]");
    AdapterSpec everything =
        spec(ModuleChoice.of("all-linear"), List.of(), List.of(), Map.of(), Map.of(), List.of());
    ModuleTree bare = BERT;
    AdapterSpec none = withExcluded(everything, ModuleChoice.of(".*"));
    assertThatThrownBy(() -> ModuleMatcher.match(bare, none, Strictness.AS_PEFT))
        .hasMessageStartingWith(
            "No module of BertForSequenceClassification matches the targets \"all-linear\" outside of"
                + " what is excluded or trained in full; name some of");
  }

  @Test
  void aModuleWithoutFactorsIsRefused() {
    AdapterSpec spec = AdapterSpec.of("lora").withTargets(ModuleChoice.of(List.of("LayerNorm")));
    assertThatThrownBy(() -> ModuleMatcher.match(BERT, spec, Strictness.STRICT))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot adapt module bert.embeddings.LayerNorm of kind norm (only linear, convolution"
                + " and embedding modules have factors); name the modules inside it");
  }

  @Test
  void aGroupInTheLayersPatternIsRefused() {
    AdapterSpec spec =
        spec(
            ModuleChoice.of(List.of("query")),
            List.of(0),
            List.of("(layer|h)"),
            Map.of(),
            Map.of(),
            List.of());
    assertThatThrownBy(() -> ModuleMatcher.match(BERT, spec, Strictness.STRICT))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid layers_pattern: [(layer|h)] (must not hold a group in parentheses); write (?:…)"
                + " instead");
  }

  @Test
  void exclusionsAndLayersThatMatchNothingAreNamed() {
    AdapterSpec spec =
        spec(
            ModuleChoice.of(List.of("query")),
            List.of(0, 99),
            List.of(),
            Map.of(),
            Map.of(),
            List.of());
    AdapterSpec misspelt = withExcluded(spec, ModuleChoice.of(List.of("quary", "value")));
    assertThatThrownBy(() -> ModuleMatcher.match(BERT, misspelt, Strictness.STRICT))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("matches [quary, layer 99] (every target, exclusion, pattern, layer");
    assertThat(ModuleMatcher.match(BERT, misspelt, Strictness.AS_PEFT).adapted()).hasSize(1);
    AdapterSpec expression = withExcluded(AdapterSpec.of("lora"), ModuleChoice.of(".*zz.*"));
    assertThatThrownBy(() -> ModuleMatcher.match(BERT, expression, Strictness.STRICT))
        .hasMessageContaining("matches [.*zz.*]");
    AdapterSpec nowhere =
        spec(
            ModuleChoice.of(List.of("query")),
            List.of(99),
            List.of(),
            Map.of(),
            Map.of(),
            List.of());
    assertThatThrownBy(() -> ModuleMatcher.match(BERT, nowhere, Strictness.STRICT))
        .hasMessageContaining("matches the targets [query] within layers [99] and outside of");
  }

  @Test
  void keptModulesAreMatchedAlone() {
    AdapterSpec spec =
        AdapterSpec.of("none").withModulesToSave(List.of("pooler")).withTaskType("SEQ_CLS");
    MatchedModules matched = ModuleMatcher.matchKept(BERT, spec, Strictness.STRICT);
    assertThat(matched.adapted()).isEmpty();
    assertThat(matched.kept()).containsExactly("bert.pooler", "classifier");
    assertThat(matched.keeps("bert.pooler.dense")).isTrue();
    assertThat(matched.keeps("bert.encoder")).isFalse();
    AdapterSpec wrong = spec.withModulesToSave(List.of("poler"));
    assertThatThrownBy(() -> ModuleMatcher.matchKept(BERT, wrong, Strictness.STRICT))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("matches [poler]");
    assertThat(ModuleMatcher.matchKept(BERT, wrong, Strictness.AS_PEFT).kept())
        .containsExactly("classifier");
  }

  private static AdapterSpec withExcluded(AdapterSpec spec, ModuleChoice excluded) {
    return new AdapterSpec(
        spec.method(),
        spec.rank(),
        spec.alpha(),
        0,
        spec.scaling(),
        spec.initialisation(),
        spec.targets(),
        excluded,
        spec.layers(),
        spec.layersPattern(),
        spec.rankPattern(),
        spec.alphaPattern(),
        spec.modulesToSave(),
        TrainedBeside.nothing(),
        "");
  }

  private static AdapterSpec spec(
      ModuleChoice targets,
      List<Integer> layers,
      List<String> layersPattern,
      Map<String, Integer> ranks,
      Map<String, Double> alphas,
      List<String> kept) {
    return new AdapterSpec(
        "lora",
        8,
        8,
        0,
        AdapterSpec.Scaling.BY_RANK,
        AdapterSpec.Initialisation.KAIMING_UNIFORM,
        targets,
        ModuleChoice.unset(),
        layers,
        layersPattern,
        ranks,
        alphas,
        kept,
        TrainedBeside.nothing(),
        "");
  }
}
