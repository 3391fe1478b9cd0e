package dev.rankwise.jobs.conf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.prepare.UnknownLabels;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.torch.FloatProducts;
import dev.rankwise.pipeline.optimizer.AdamWSettings;
import dev.rankwise.pipeline.optimizer.RateShape;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.reduce.GlobalNormClip;
import dev.rankwise.pipeline.reduce.GradientPolicy;
import dev.rankwise.pipeline.train.TrainingSettings;
import dev.rankwise.pipeline.train.WarmUp;
import dev.rankwise.pipeline.tune.AllocationSettings;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What the smallest recipe means. */
final class TestRecipeDefaults {
  private final Recipe recipe =
      Recipe.parse(
          """
          base:
            model: minilm
          data:
            source: rows.csv
          """,
          "small.yaml",
          List.of());

  @Test
  void theBaseIsFloat32() {
    assertThat(recipe.base())
        .isEqualTo(new BaseSection("minilm", BaseType.FLOAT32, BaseForm.DENSE));
    assertThat(recipe.replica(2, FloatProducts.MKL))
        .isEqualTo(new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, FloatProducts.MKL, 2));
  }

  @Test
  void aTenthOfTheRowsIsHeldOut() {
    assertThat(recipe.data().preparation(512))
        .isEqualTo(
            new PreparationSettings(
                LabelledColumns.of("text", "label"),
                SplitRule.testFraction(0.1),
                256,
                RowLimits.defaults(),
                List.of(),
                UnknownLabels.REJECT));
    assertThat(recipe.data().preparation(128).maximumTokens()).isEqualTo(128);
    assertThat(recipe.data().evaluationRows()).isEmpty();
    assertThat(recipe.data().prepared()).isEmpty();
  }

  @Test
  void theAdapterHasTheDefaultsOfPeft() {
    assertThat(recipe.adapter().spec())
        .isEqualTo(
            new AdapterSpec(
                    "lora",
                    8,
                    8,
                    0,
                    AdapterSpec.Scaling.BY_RANK,
                    AdapterSpec.Initialisation.KAIMING_UNIFORM,
                    ModuleChoice.unset(),
                    ModuleChoice.unset(),
                    List.of(),
                    List.of(),
                    Map.of(),
                    Map.of(),
                    List.of(),
                    TrainedBeside.nothing(),
                    "SEQ_CLS")
                .withAllocation(new RankAllocation(4, 0, 0, 0, 1, 0.85, 0.85, 0.5, Map.of())));
    assertThat(recipe.adapter().allocation()).isEqualTo(AllocationSettings.usual());
  }

  @Test
  void trainingIsOneEpochOfAdamW() {
    assertThat(recipe.train().settings())
        .isEqualTo(
            new TrainingSettings(
                new PlanSettings(0, 32, 8, 4096, 1, PlanSettings.UNLIMITED, LastStep.DROP),
                5e-4,
                RateShape.LINEAR,
                WarmUp.ofFraction(0.06),
                AdamWSettings.defaults(),
                new GlobalNormClip(1),
                GradientPolicy.STOP));
    assertThat(recipe.train().weightDecay()).isEqualTo(0.01);
    assertThat(recipe.train().loraPlus()).isEmpty();
    assertThat(recipe.train().seed()).isZero();
  }

  @Test
  void theFrozenBaseIsMeasuredAtItsOwnRate() {
    assertThat(recipe.evaluate())
        .isEqualTo(
            new EvaluateSection(
                true, 1e-2, 512, OptionalInt.empty(), OptionalInt.empty(), List.of()));
    TrainingSettings frozen = recipe.evaluate().frozenBaseSettings(recipe.train());
    assertThat(frozen.learningRate()).isEqualTo(1e-2);
    assertThat(frozen.plan()).isEqualTo(recipe.train().settings().plan());
  }

  @Test
  void fourBitsAreMultipliedInBfloat16UnlessTheTypeIsSet() {
    String rows = "data.source: rows.csv\nbase: {model: minilm, quantization: %s}\n";
    Recipe inFour = Recipe.parse(rows.formatted("fp4-128"), "a.yaml", List.of());
    Recipe dense = Recipe.parse(rows.formatted("none"), "a.yaml", List.of());
    Recipe set = Recipe.parse(rows.formatted("nf4"), "a.yaml", List.of("base.dtype=float32"));

    assertThat(inFour.base().dtype()).isEqualTo(BaseType.BFLOAT16);
    assertThat(inFour.toYaml()).contains("  dtype: bfloat16\n");
    assertThat(dense.base().dtype()).isEqualTo(BaseType.FLOAT32);
    assertThat(set.base().dtype()).isEqualTo(BaseType.FLOAT32);
  }

  /** One word makes another method of a recipe, and nothing that is given is passed over unsaid. */
  @Test
  void whatIsGivenAndReadByNothingIsTold() {
    String yaml =
        """
        base.model: minilm
        data.source: rows.csv
        adapter: {method: adalora, target-rank: 2, ties: by-name-and-index, experts: 4}
        train.loraplus-magnitudes: base-rate
        """;

    assertThat(Recipe.parse(yaml, "a.yaml", List.of()).notes())
        .containsExactlyInAnyOrder(
            "adapter.experts is read by method moe-lora alone and does nothing beside adalora",
            "train.loraplus-magnitudes does nothing without train.loraplus-ratio");
    assertThat(
            Recipe.parse(yaml, "a.yaml", List.of("adapter.method=lora", "train.loraplus-ratio=4"))
                .notes())
        .contains(
            "adapter.target-rank is read by method adalora alone and does nothing beside lora")
        .noneMatch(note -> note.contains("loraplus") || note.contains("adapter.ties"));
    String resolved = Recipe.parse(yaml, "a.yaml", List.of()).toYaml();
    assertThat(Recipe.parse(resolved, "b.yaml", List.of()).notes())
        .as("of a resolved recipe, what is left at its default is not told")
        .hasSize(2);
  }

  @Test
  void folderAndClusterAreLeftToTheCommand() {
    assertThat(recipe.output().directory()).isEmpty();
    assertThat(recipe.spark().settings()).isEmpty();
    assertThat(recipe.notes()).isEmpty();
  }
}
