package dev.rankwise.adapters.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.adapters.spec.TrainedBeside.BaseBiases;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which biases and rows are trained beside the factors, and what is refused. */
final class TestBesideMatcher {
  private static final String TABLE = "model.embed_tokens";

  @Test
  void biasesAreThoseOfAdaptedModulesOrAll() {
    assertThat(biases(BaseBiases.NONE)).isEmpty();
    assertThat(biases(BaseBiases.LORA_ONLY))
        .containsExactly("model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.q_proj");
    assertThat(biases(BaseBiases.ALL))
        .contains("model.layers.0.self_attn.k_proj", "model.layers.1.self_attn.v_proj")
        .doesNotContain("model.layers.0.self_attn.o_proj");
  }

  @Test
  void rowsBelongToTheTokenTableOrToThoseNamed() {
    MatchedModules unnamed = match("llama", lora("q_proj", TrainedBeside.TOKEN_TABLE, 3, 1));
    MatchedModules named = match("llama", lora("q_proj", "embed_tokens", 3, 1));
    assertThat(unnamed.rows()).isEqualTo(named.rows());
    assertThat(unnamed.rowsOf(TABLE).orElseThrow().entries()).containsExactly(3, 1);
    assertThat(unnamed.rowsSharedWith("lm_head")).isEqualTo(unnamed.rowsOf(TABLE));
    assertThat(unnamed.rowsSharedWith("model.norm")).isEmpty();
    assertThat(match("llama3rope", lora("q_proj", "embed_tokens", 3)).rowsSharedWith("lm_head"))
        .isEmpty();
  }

  @Test
  void rowsThatCannotBeTrainedAreRefused() {
    assertRefused(
        lora("q_proj", "wte", 3),
        "Invalid trainable_token_indices: LlamaForCausalLM has no table \"wte\"; name an embedding");
    assertRefused(
        lora("q_proj", "embed_tokens", 96),
        "Invalid trainable_token_indices: 96 (model.embed_tokens has rows 0 to 95)");
    assertRefused(
        lora("embed_tokens", "embed_tokens", 3),
        "Invalid trainable_token_indices: the weight of model.embed_tokens is adapted at"
            + " model.embed_tokens too; take one of the two out");
    assertRefused(
        lora("lm_head", TrainedBeside.TOKEN_TABLE, 3),
        "Invalid trainable_token_indices: the weight of model.embed_tokens is adapted at lm_head"
            + " too; take one of the two out");
    assertRefused(
        lora("q_proj", "embed_tokens", 3).withModulesToSave(List.of("embed_tokens")),
        "Invalid trainable_token_indices: model.embed_tokens is trained in full already; take one"
            + " of the two out");
    for (List<Integer> entries : List.of(List.of(3, 3), List.<Integer>of())) {
      assertThatThrownBy(() -> new TrainedBeside(false, BaseBiases.NONE, Map.of("", entries)))
          .isInstanceOf(UserInputException.class)
          .hasMessage(
              "Invalid trainable_token_indices: %s (must name rows, each once)".formatted(entries));
    }
  }

  private static List<String> biases(BaseBiases biases) {
    AdapterSpec spec = lora("q_proj");
    return match("qwen2", spec.withBeside(new TrainedBeside(false, biases, Map.of()))).biases();
  }

  private static AdapterSpec lora(String target) {
    return AdapterSpec.of("lora").withTargets(ModuleChoice.of(List.of(target)));
  }

  private static AdapterSpec lora(String target, String table, Integer... entries) {
    return lora(target)
        .withBeside(new TrainedBeside(false, BaseBiases.NONE, Map.of(table, List.of(entries))));
  }

  private static MatchedModules match(String base, AdapterSpec spec) {
    ModelConfig config = ModelConfig.read(Golden.own("models/" + base + "/config.json"));
    return ModuleMatcher.match(ModuleTree.of(config), spec, Strictness.STRICT);
  }

  private static void assertRefused(AdapterSpec spec, String message) {
    assertThatThrownBy(() -> match("llama", spec))
        .isInstanceOf(UserInputException.class)
        .hasMessage(message);
  }
}
