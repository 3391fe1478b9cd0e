package dev.rankwise.jobs.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.Golden;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TestSweepPlan {
  private static final Path CONF = Path.of("..", "conf");

  @TempDir Path folder;

  @BeforeEach
  void writeARecipe() throws IOException {
    Files.writeString(
        folder.resolve("recipe.yaml"),
        """
        base: {model: minilm}
        data: {source: rows.csv}
        adapter: {targets: [query], modules-to-save: [pooler]}
        """);
  }

  @ParameterizedTest
  @CsvSource({
    "compare-methods.yaml, 10, 0",
    "compare-methods-decoder.yaml, 9, 1",
    "compare-ranks.yaml, 7, 0",
    "compare-tasks.yaml, 8, 0",
    "compare-quantization.yaml, 5, 0",
    "compare-quantization-encoder.yaml, 5, 0"
  })
  void theSweepsOfTheProjectHold(String name, int points, int alsoEvaluated) {
    SweepFile file = SweepReader.read(CONF.resolve(name));
    // The base of a recipe lies by the root of the checkout, from where commands are given.
    List<String> sets =
        file.recipe().getFileName().toString().startsWith("define-words")
            ? List.of("base.model=../models/dictionary")
            : List.of();
    SweepPlan plan = SweepPlan.of(file, sets, folder, Clock.systemUTC());

    assertThat(plan.runs()).hasSize(3 * plan.points().size());
    assertThat(plan.points()).hasSize(points);
    assertThat(file.caption()).isNotEmpty();
    assertThat(plan.alsoEvaluated()).hasSize(alsoEvaluated);
  }

  /** Its teacher is made by another recipe, for which a small one stands here. */
  @Test
  void theSweepOfDecodersThatSeeHolds() throws IOException {
    String recipe =
        Files.readString(CONF.resolve("vora-icons.yaml"))
            .replace("out/icons-teacher/model", Golden.given("models").resolve("vit").toString())
            .replace("models/dictionary", "../models/dictionary");
    Files.writeString(folder.resolve("vora-icons.yaml"), recipe);
    Path file = Files.copy(CONF.resolve("compare-vora.yaml"), folder.resolve("compare-vora.yaml"));

    SweepPlan plan = SweepPlan.of(SweepReader.read(file), List.of(), folder, Clock.systemUTC());

    assertThat(plan.points()).hasSize(5);
    assertThat(plan.runs()).hasSize(15);
  }

  /** One weight beside another: nothing but its form differs between the points. */
  @ParameterizedTest
  @ValueSource(strings = {"compare-quantization.yaml", "compare-quantization-encoder.yaml"})
  void formsOfTheBaseAreComparedAlone(String name) {
    SweepFile file = SweepReader.read(CONF.resolve(name));

    assertThat(file.compared()).hasSize(1);
    assertThat(file.compared().get(0).choices())
        .flatExtracting(SweepFile.Choice::settings)
        .hasSize(4)
        .allMatch(setting -> setting.startsWith("base.quantization="));
  }

  @Test
  void everyCombinationIsARun() throws IOException {
    SweepPlan plan =
        plan(
            """
            variants: {LoRA: {}, DoRA / x: {adapter.method: dora}}
            axes: {adapter.rank: [2, 4], train.epochs: [1, 2]}
            seeds: [3, 4]
            """);

    assertThat(plan.runs()).hasSize(16);
    assertThat(plan.points())
        .hasSize(8)
        .startsWith("LoRA, rank 2, epochs 1", "LoRA, rank 2, epochs 2");
    PlannedRun last = plan.runs().get(15);
    assertThat(last.label()).isEqualTo("DoRA / x, rank 4, epochs 2, seed 4");
    assertThat(last.recipe().adapter().spec().method()).isEqualTo("dora");
    assertThat(last.recipe().adapter().spec().rank()).isEqualTo(4);
    assertThat(last.recipe().train().seed()).isEqualTo(4);
    assertThat(last.folder())
        .isEqualTo(
            folder.resolve(
                "out/runs/DoRA-x-rank-4-epochs-2-seed-4-" + last.sha256().substring(0, 8)));
    assertThat(last.recipe().output().directory()).isEqualTo(last.folder().toString());
    assertThat(plan.runs()).extracting(PlannedRun::folder).doesNotHaveDuplicates();
    assertThat(plan.runs())
        .extracting(run -> run.recipe().data().prepared())
        .containsOnly(
            folder.resolve("out/data/" + last.recipe().dataSha256().substring(0, 8)).toString());
  }

  @Test
  void rowsThatAreCutOtherwiseArePreparedApart() throws IOException {
    SweepPlan plan = plan("axes: {data.max-tokens: [16, 32], adapter.rank: [2, 4]}\n");

    assertThat(plan.runs()).extracting(run -> run.recipe().data().prepared()).hasSize(4);
    assertThat(plan.runs().stream().map(run -> run.recipe().data().prepared()).distinct())
        .hasSize(2);
  }

  @Test
  void checkpointsElsewhereLieApart() throws IOException {
    SweepPlan plan =
        plan(
            "settings: {output.checkpoint-directory: /far}\nseeds: [0, 1]\n",
            "data.prepared=/rows");

    assertThat(plan.runs())
        .allSatisfy(
            run -> {
              assertThat(run.recipe().output().checkpoints().directory())
                  .isEqualTo("/far/" + run.folder().getFileName());
              assertThat(run.recipe().data().prepared()).isEqualTo("/rows");
            });
    assertThat(plan.points()).containsExactly("sweep");
  }

  @Test
  void onlyARunWhoseRecipeChangedHasAnotherFolder() throws IOException {
    SweepPlan before = plan("variants: {a: {}, b: {adapter.rank: 4}}\n");
    SweepPlan after =
        plan(
            "variants: {a: {}, b: {adapter.rank: 5}, c: {adapter.rank: 6}}\n",
            "spark.master=local[1]",
            "output.checkpoints-kept=1");

    assertThat(after.runs().get(0).folder()).isEqualTo(before.runs().get(0).folder());
    assertThat(after.runs().get(1).folder()).isNotEqualTo(before.runs().get(1).folder());
  }

  @Test
  void theProblemsOfAllRecipesAreToldAtOnce() {
    assertThatThrownBy(
            () ->
                plan(
                    """
                    variants:
                      good: {}
                      method: {adapter.method: lroa}
                      rank: {adapter.rank: 0}
                      pooler: {adapter.modules-to-save: []}
                      place: {output.directory: x}
                    seeds: [0, 1]
                    also-evaluate: {old: none.yaml}
                    """))
        .isInstanceOf(UserInputException.class)
        .hasMessageContainingAll(
            "sweep.yaml\": 7 problems",
            "- method, seed 0 and 1 more: Cannot use recipe",
            "invalid adapter.method: \"lroa\"",
            "- rank, seed 0 and 1 more: Cannot use recipe",
            "- pooler, seed 0 and 1 more: ",
            "- place: a run's folder is the sweep's to choose",
            "- place, seed 0: the recipe is that of \"good, seed 0\" again",
            "- also-evaluate old: Cannot read recipe");
  }

  @Test
  void runsThatAreAlikeAreRefused() {
    assertThatThrownBy(() -> plan("axes: {adapter.rank: [8, 4]}\n", "adapter.rank=2"))
        .hasMessageContaining("rank 4: the recipe is that of \"rank 8\" again");
    assertThatThrownBy(() -> plan("seeds: [1, 1]\n"))
        .hasMessageContaining("the recipe is that of \"sweep, seed 1\" again");
  }

  @Test
  void aSeedIsGivenOnce() {
    assertThatThrownBy(() -> plan("settings: {train.seed: 3}\nseeds: [1, 2]\n"))
        .hasMessageContaining("every run: train.seed and seeds contradict each other");
  }

  @Test
  void oneSessionOfSparkDoesAllRuns() {
    assertThatThrownBy(
            () ->
                plan("axes: {spark.master: [\"local[1]\", \"local[2]\"], adapter.rank: [1, 2]}\n"))
        .hasMessageContaining("but one Spark session does all runs");
  }

  @Test
  void tooManyRunsAreRefused() {
    String many = "[" + "1, ".repeat(40) + "1]";
    assertThatThrownBy(
            () -> plan("axes: {adapter.rank: %s, train.epochs: %s}\n".formatted(many, many)))
        .hasMessageContaining("1681 runs are too many (at most 1000)");
  }

  private SweepPlan plan(String yaml, String... sets) throws IOException {
    Path file = Files.writeString(folder.resolve("sweep.yaml"), "recipe: recipe.yaml\n" + yaml);
    return SweepPlan.of(
        SweepReader.read(file), List.of(sets), folder.resolve("out"), Clock.systemUTC());
  }
}
