package dev.rankwise.jobs.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.optimizer.RateShape;
import dev.rankwise.pipeline.train.WarmUp;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Spellings from elsewhere. */
final class TestRecipeAliases {
  private static final String START = "base: {model: minilm}\ndata: {source: rows.csv}\n";

  @Test
  void aRecipeInTheWordsOfAxolotlIsRead() {
    Recipe recipe =
        Recipe.parse(
            """
            base_model: minilm
            adapter: lora
            lora_r: 16
            lora_alpha: 32
            lora_dropout: 0
            lora_target_modules: [query, value]
            sequence_len: 64
            micro_batch_size: 4
            gradient_accumulation_steps: 8
            num_epochs: 2
            learning_rate: 0.0002
            lr_scheduler: cosine_with_restarts
            warmup_ratio: 0.1
            weight_decay: 0.02
            seed: 5
            output_dir: out
            data:
              source: rows.csv
            """,
            "axolotl.yaml",
            List.of());

    assertThat(recipe.base().model()).isEqualTo("minilm");
    assertThat(recipe.adapter().spec().rank()).isEqualTo(16);
    assertThat(recipe.adapter().spec().alpha()).isEqualTo(32);
    assertThat(recipe.adapter().spec().targets())
        .isEqualTo(ModuleChoice.of(List.of("query", "value")));
    assertThat(recipe.data().preparation(512).maximumTokens()).isEqualTo(64);
    assertThat(recipe.train().settings().plan().batchSize()).isEqualTo(32);
    assertThat(recipe.train().settings().plan().epochs()).isEqualTo(2);
    assertThat(recipe.train().settings().shape()).isEqualTo(RateShape.COSINE_WITH_RESTARTS);
    assertThat(recipe.train().settings().warmUp()).isEqualTo(WarmUp.ofFraction(0.1));
    assertThat(recipe.train().seed()).isEqualTo(5);
    assertThat(recipe.output().directory()).isEqualTo("out");
    assertThat(recipe.notes())
        .contains(
            "base_model is read as base.model",
            "adapter is read as adapter.method",
            "lora_r is read as adapter.rank",
            "micro_batch_size times gradient_accumulation_steps is read as train.batch-size 32, the"
                + " examples of a step on all executors");
  }

  static List<String> aliases() {
    return List.copyOf(ForeignKeys.readAsOurs().keySet());
  }

  @ParameterizedTest
  @MethodSource("aliases")
  void eachStandsForAKeyAndIsReported(String alias) {
    RecipeKey key = RecipeKeys.named(ForeignKeys.readAsOurs().get(alias)).orElseThrow();
    String value = sample(key);

    for (String path : List.of(alias, key.section() + "." + alias)) {
      if (path.equals(key.name())) {
        continue; // Spelt as ours.
      }
      Recipe recipe = Recipe.parse(path + ": " + value + "\n" + rest(key), "a.yaml", List.of());
      Recipe own = Recipe.parse(key.name() + ": " + value + "\n" + rest(key), "b.yaml", List.of());

      assertThat(recipe.toYaml()).isEqualTo(own.toYaml());
      assertThat(recipe.notes()).containsExactly(path + " is read as " + key.name());
      assertThat(own.notes()).isEmpty();
    }
  }

  private static String rest(RecipeKey key) {
    String rest = key.name().equals("base.model") ? "" : "base.model: minilm\n";
    String targets = key.name().equals("adapter.layers-pattern") ? "adapter.layers: [0]\n" : "";
    String names = key.name().startsWith("adapter.layers") ? "adapter.targets: [query]\n" : "";
    String method = key.method().map("adapter.method: %s\n"::formatted).orElse("");
    String ratio = key.name().startsWith("train.loraplus-e") ? "train.loraplus-ratio: 4\n" : "";
    return rest + targets + names + method + ratio + "data.source: rows.csv\n";
  }

  private static String sample(RecipeKey key) {
    return switch (key.name()) {
      case "adapter.method" -> "LORA";
      case "base.quantization" -> "nf4";
      case "adapter.dropout", "train.weight-decay" -> "0";
      case "train.beta1", "train.beta2", "train.warmup-fraction" -> "0.5";
      case "adapter.use-rslora", "adapter.use-dora", "adapter.lora-bias" -> "true";
      case "adapter.bias" -> "lora_only";
      case "adapter.layers", "adapter.trainable-token-indices" -> "[1]";
      case "adapter.layers-pattern", "adapter.modules-to-save" -> "[pooler]";
      case "adapter.rank-pattern", "adapter.alpha-pattern" -> "{x: 2}";
      case "train.schedule" -> "constant_with_warmup";
      default -> "3";
    };
  }

  static List<String> refused() {
    return List.copyOf(ForeignKeys.refused().keySet());
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatMeansSomethingElseIsRefusedWithARemedy(String name) {
    assertThatThrownBy(() -> Recipe.parse(START + name + ": 1\n", "a.yaml", List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot use recipe \"a.yaml\": line 3: unknown key \"%s\": %s",
            name, ForeignKeys.refused().get(name));
  }

  @Test
  void underscoresOfOurOwnKeysAreReadAsDashes() {
    Recipe recipe = Recipe.parse(START + "train: {batch_size: 4}", "a.yaml", List.of());

    assertThat(recipe.train().settings().plan().batchSize()).isEqualTo(4);
    assertThat(recipe.notes()).containsExactly("train.batch_size is read as train.batch-size");
  }

  @Test
  void aKeyAndItsOtherSpellingAreNotBothTaken() {
    assertThatThrownBy(
            () -> Recipe.parse(START + "adapter: {rank: 4}\nlora_r: 8\n", "a.yaml", List.of()))
        .hasMessage(
            "Cannot use recipe \"a.yaml\": line 4: adapter.rank is given as lora_r and, in line 3,"
                + " as adapter.rank; keep one of them");
  }

  @Test
  void theCommandLineMayUseThemToo() {
    Recipe recipe =
        Recipe.parse(START + "adapter: {rank: 4}\n", "a.yaml", List.of("lora_r=8", "lora_r=9"));

    assertThat(recipe.adapter().spec().rank()).isEqualTo(9);
  }

  @Test
  void aMicroBatchAloneIsTheBatch() {
    Recipe recipe = Recipe.parse(START + "micro_batch_size: 4\n", "a.yaml", List.of());

    assertThat(recipe.train().settings().plan().batchSize()).isEqualTo(4);
    assertThat(recipe.notes()).containsExactly("micro_batch_size is read as train.batch-size");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "train: {batch-size: 8}\n"})
  void accumulationNeedsAMicroBatch(String batch) {
    assertThatThrownBy(
            () ->
                Recipe.parse(
                    START + batch + "gradient_accumulation_steps: 2\n", "a.yaml", List.of()))
        .hasMessageEndingWith(
            "unknown key \"gradient_accumulation_steps\": train.batch-size counts all examples of a"
                + " step; leave it out");
  }

  @Test
  void accumulationIsANumber() {
    assertThatThrownBy(
            () ->
                Recipe.parse(
                    START + "micro_batch_size: 2\ntrain.gradient_accumulation_steps: many\n",
                    "a.yaml",
                    List.of()))
        .hasMessageEndingWith(
            "line 4: invalid train.gradient_accumulation_steps: \"many\" (must be a whole number at"
                + " least 1, and at most 2147483647); write a number or leave it out");
  }

  @Test
  void aBrokenMicroBatchIsReportedOnce() {
    assertThatThrownBy(
            () ->
                Recipe.parse(
                    START + "micro_batch_size: x\ngradient_accumulation_steps: 2\n",
                    "a.yaml",
                    List.of()))
        .hasMessage(
            "Cannot use recipe \"a.yaml\": line 3: invalid train.batch-size: \"x\" (must be a whole"
                + " number at least 1, and at most 2147483647); write batch-size: VALUE");
  }
}
