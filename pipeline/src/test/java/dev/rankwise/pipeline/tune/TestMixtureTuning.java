package dev.rankwise.pipeline.tune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.DataPreparation;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.pipeline.LocalSession;
import dev.rankwise.pipeline.estimator.TinyAdapter;
import dev.rankwise.pipeline.executor.ExecutorProbe;
import dev.rankwise.pipeline.executor.ExecutorState;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.train.RouterFigures;
import dev.rankwise.pipeline.train.StepMetrics;
import dev.rankwise.pipeline.train.TrainingSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mixture of experts through the whole loop. */
@Tag("spark")
final class TestMixtureTuning {
  @TempDir static Path folder;

  /** What a run leaves. */
  private record Run(TunedModel tuned, List<StepMetrics> steps) {}

  @AfterAll
  static void close() {
    ReplicaHolder.ofThisJvm().closeIdle();
  }

  @Test
  void bytesAndFiguresDoNotDependOnHowManyTasksRunAtATime() {
    Run one = run("local[1]");
    Run two = run("local[2]");

    assertThat(two.tuned().adapter().values()).containsExactly(one.tuned().adapter().values());
    List<RouterFigures> figures = figures(one);
    assertThat(figures(two)).isEqualTo(figures);
    assertThat(figures).hasSize(6);
    // MiniLM has six layers, each with one router of four experts for its feed-forward part.
    assertThat(figures.get(0).loads()).hasSize(6).allSatisfy(load -> assertThat(load).hasSize(4));
    assertThat(figures.get(0).balance()).isBetween(1.0, 2.0);
    assertThat(one.steps().get(0).fields()).containsKeys("balance_loss", "router_load");
    everyTensorChanged(one.tuned());
  }

  private static void everyTensorChanged(TunedModel tuned) {
    for (Parameter parameter : tuned.adapter().plan().layout().parameters()) {
      int end = parameter.offset() + parameter.tensor().size();
      assertThat(tuned.adapter().values(parameter))
          .as(parameter.tensor().name())
          .isNotEqualTo(Arrays.copyOfRange(tuned.initial(), parameter.offset(), end));
    }
  }

  private static List<RouterFigures> figures(Run run) {
    return run.steps().stream().map(step -> step.routers().orElseThrow()).toList();
  }

  private static Run run(String master) {
    SparkSession spark = LocalSession.start(master);
    try {
      List<ExecutorState> executors =
          ExecutorProbe.ask(JavaSparkContext.fromSparkContext(spark.sparkContext()), 1);
      PreparedData data =
          new DataPreparation(
                  RowSources.of(
                      LocalSession.table(spark, LocalSession.glosses(spark, 60), 2), "glosses"),
                  PreparationSettings.of(
                          LabelledColumns.of("gloss", "label").keyedBy("id"),
                          SplitRule.counts(10, 50))
                      .withMaximumTokens(24),
                  new BaseTokenizerSource(TinyAdapter.reference()))
              .prepare(spark, folder.resolve("data" + master).toUri().toString());
      List<StepMetrics> steps = new ArrayList<>();
      TunedModel tuned =
          new AdapterTuning(spark, executors, settings())
              .tune(
                  data.manifest(),
                  PreparedExamples.of(spark, data, Split.TRAIN),
                  steps::add,
                  AdapterTuning.Selector.last(),
                  Clock.systemUTC());
      return new Run(tuned, steps);
    } finally {
      spark.stop();
    }
  }

  private static TuningSettings settings() {
    AdapterSpec spec =
        AdapterSpec.of("moe-lora")
            .withRank(2, 4)
            .withTargets(ModuleChoice.of(List.of("query", "intermediate.dense", "output.dense")))
            .withModulesToSave(List.of("pooler"))
            .withDropout(0.1)
            .withTaskType(AdapterSpec.CLASSIFICATION)
            .withMixture(
                new ExpertMixture(
                    4,
                    2,
                    Router.TOKEN,
                    Scope.BLOCK,
                    Gates.RENORMALISED,
                    1,
                    0.01,
                    1e-3,
                    0.05,
                    1,
                    1));
    return new TuningSettings(
        TinyAdapter.reference(),
        spec,
        TrainingSettings.defaults(3, 1e-2)
            .withPlan(new PlanSettings(3, 8, 2, 4096, 1, PlanSettings.UNLIMITED, LastStep.DROP)),
        0.01,
        new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1),
        new TreeMap<>());
  }
}
