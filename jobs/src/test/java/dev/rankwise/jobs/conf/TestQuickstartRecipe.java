package dev.rankwise.jobs.conf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.pipeline.optimizer.RateShape;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.train.TrainingSettings;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The quick start trains as the script it is compared with. */
final class TestQuickstartRecipe {
  private final Recipe recipe = Recipe.quickstart(List.of());

  @Test
  void thePackagedRecipeIsTheFileInConf() {
    assertThat(Recipe.read(Path.of("..", "conf", "quickstart.yaml"), List.of()).toYaml())
        .isEqualTo(recipe.toYaml());
  }

  @Test
  void rowsAreSplitByCount() {
    PreparationSettings preparation = recipe.data().preparation(512);
    assertThat(preparation.columns()).isEqualTo(new LabelledColumns("text", "label", "id"));
    assertThat(preparation.split()).isEqualTo(SplitRule.counts(2000, 8000));
    assertThat(preparation.maximumTokens()).isEqualTo(128);
  }

  @Test
  void allLinearsOfTheEncoderAreAdapted() {
    AdapterSpec spec = recipe.adapter().spec();
    assertThat(spec.rank()).isEqualTo(8);
    assertThat(spec.alpha()).isEqualTo(16);
    assertThat(spec.targets())
        .isEqualTo(
            ModuleChoice.of(
                List.of(
                    "query",
                    "key",
                    "value",
                    "attention.output.dense",
                    "intermediate.dense",
                    "output.dense")));
    assertThat(spec.modulesToSave()).containsExactly("classifier", "pooler");
  }

  @Test
  void theRunIsTwoHundredAndFiftyStepsWithFifteenOfWarmUp() {
    TrainingSettings settings = recipe.train().settings();
    assertThat(settings.learningRate()).isEqualTo(1e-3);
    assertThat(settings.shape()).isEqualTo(RateShape.LINEAR);
    assertThat(settings.plan().batchSize()).isEqualTo(32);
    assertThat(settings.plan().lastStep()).isEqualTo(LastStep.DROP);
    assertThat(settings.warmUp().stepsOf(8000 / 32)).isEqualTo(15);
    assertThat(settings.clip().maximumNorm()).isEqualTo(1);
    assertThat(recipe.train().weightDecay()).isEqualTo(0.01);
  }

  @Test
  void settingsOfTheCommandLineGoBeforeIt() {
    Recipe other = Recipe.quickstart(List.of("data.train-rows=64", "spark.master=local[*]"));
    assertThat(other.data().split()).isEqualTo(SplitRule.counts(2000, 64));
    assertThat(other.spark().settings()).containsEntry("spark.master", "local[*]");
  }
}
