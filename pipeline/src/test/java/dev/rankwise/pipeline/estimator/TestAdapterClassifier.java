package dev.rankwise.pipeline.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.DataPreparation;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.pipeline.LocalSession;
import dev.rankwise.pipeline.executor.ExecutorProbe;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.train.StepListener;
import dev.rankwise.pipeline.train.TrainingSettings;
import dev.rankwise.pipeline.tune.AdapterTuning;
import dev.rankwise.pipeline.tune.PreparedExamples;
import dev.rankwise.pipeline.tune.TunedModel;
import dev.rankwise.pipeline.tune.TuningSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("spark")
final class TestAdapterClassifier {
  private static final int ROWS = 300;
  private static final StructType SCHEMA =
      new StructType()
          .add("gloss", DataTypes.StringType)
          .add("label", DataTypes.StringType)
          .add("id", DataTypes.StringType);

  @TempDir static Path folder;

  private static int scopesBefore;
  private static SparkSession spark;
  private static List<Row> glosses;
  private static PipelineModel pipeline;
  private static AdapterClassifierModel model;

  @BeforeAll
  static void fitInAPipeline() {
    ReplicaHolder.ofThisJvm().closeIdle();
    scopesBefore = TensorScope.open();
    spark = LocalSession.start("local[2]");
    glosses = LocalSession.glosses(spark, ROWS);
    PipelineStage before =
        new SQLTransformer().setStatement("SELECT id, trim(gloss) AS gloss, label FROM __THIS__");
    PipelineStage after =
        new SQLTransformer().setStatement("SELECT *, kind = label AS right FROM __THIS__");
    pipeline =
        new Pipeline()
            .setStages(new PipelineStage[] {before, estimator(), after})
            .fit(LocalSession.table(spark, glosses, 3));
    model = (AdapterClassifierModel) pipeline.stages()[1];
  }

  @AfterAll
  static void nothingLeaks() {
    spark.stop();
    ReplicaHolder.ofThisJvm().closeIdle();
    assertThat(TensorScope.open()).as("open scopes").isEqualTo(scopesBefore);
  }

  @Test
  void learnsItsRows() {
    Dataset<Row> out = pipeline.transform(LocalSession.table(spark, glosses, 2));

    assertThat(out.columns()).containsExactly("id", "gloss", "label", "kind", "right");
    assertThat(out.filter("right").count())
        .as("right answers of %d in three classes", ROWS)
        .isGreaterThan(ROWS * 2 / 3);
  }

  @Test
  void summaryTellsHowItWent() {
    AdapterSummary summary = model.summary().orElseThrow();

    assertThat(summary.steps()).isEqualTo(2 * ROWS / 32);
    assertThat(summary.losses().get(0)).isBetween(0.9, 1.3);
    assertThat(summary.losses().get(summary.steps() - 1)).isLessThan(summary.losses().get(0));
    assertThat(summary.rows().train()).isEqualTo(ROWS);
    assertThat(summary.fingerprint().settings())
        .containsEntry("adapter.rank", "4")
        .containsEntry("train.learning-rate", "0.003");
    assertThat(summary.tokensPerSecond()).isPositive();
    assertThat(model.hasParent()).isTrue();
    assertThat(model.labels()).containsExactly("animal", "food", "person");
  }

  @Test
  void savedPipelinePredictsTheSame() throws Exception {
    String path = folder.resolve("pipeline").toString();
    pipeline.save(path);
    PipelineModel loaded = PipelineModel.load(path);

    Dataset<Row> rows = LocalSession.table(spark, glosses.subList(0, 40), 2);
    assertThat(loaded.transform(rows).collectAsList())
        .isEqualTo(pipeline.transform(rows).collectAsList());
  }

  @Test
  void fittingAgainGivesTheSameBytes() {
    List<Row> shuffled = new ArrayList<>(glosses);
    Collections.shuffle(shuffled, new Random(3));
    ParamMap other = new ParamMap();
    AdapterClassifier estimator = estimator();
    other.put(estimator.predictionCol(), "other");
    other.put(estimator.workDirectory(), folder.resolve("work").toUri().toString());
    AdapterClassifierModel again = estimator.fit(LocalSession.table(spark, shuffled, 5), other);

    assertThat(again.getPredictionCol()).isEqualTo("other");
    assertThat(weights(again, "again")).hasSameBinaryContentAs(weights(model, "first"));
    assertThat(folder.resolve("work")).as("what fitting needed").isEmptyDirectory();
  }

  @Test
  void tuningByHandWithOneCoreGivesTheSameBytes() {
    spark.stop();
    spark = LocalSession.start("local[1]");
    PreparedData data =
        new DataPreparation(
                RowSources.of(LocalSession.table(spark, glosses, 1), "glosses"),
                PreparationSettings.of(
                        LabelledColumns.of("gloss", "label").keyedBy("id"), SplitRule.trainOnly())
                    .withMaximumTokens(32),
                new BaseTokenizerSource(TinyAdapter.reference()))
            .prepare(spark, folder.resolve("by-hand").toUri().toString());
    TrainingSettings training =
        TrainingSettings.defaults(7, 3e-3)
            .withPlan(new PlanSettings(7, 32, 3, 4096, 2, PlanSettings.UNLIMITED, LastStep.DROP));
    TuningSettings settings =
        new TuningSettings(
            TinyAdapter.reference(),
            TinyAdapter.spec().withRank(4, 8),
            training,
            0.01,
            new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1),
            new TreeMap<>());
    TunedModel tuned =
        new AdapterTuning(
                spark,
                ExecutorProbe.ask(JavaSparkContext.fromSparkContext(spark.sparkContext()), 1),
                settings)
            .tune(
                data.manifest(),
                PreparedExamples.of(spark, data, Split.TRAIN),
                StepListener.silent(),
                AdapterTuning.Selector.last(),
                Clock.systemUTC());
    AdapterClassifierModel byHand = AdapterClassifierModel.of(tuned);

    assertThat(byHand.getBaseDtype()).isEqualTo("float32");
    assertThat(weights(byHand, "hand")).hasSameBinaryContentAs(weights(model, "engine"));
  }

  @Test
  void fourBitsAreMultipliedInBfloat16UnlessTheTypeIsSet() {
    AdapterClassifier inFour = estimator().setBaseQuantization("nf4");

    assertThat(estimator().getBaseDtype()).isEqualTo("float32");
    assertThat(inFour.getBaseDtype()).isEqualTo("bfloat16");
    assertThat(inFour.copy(ParamMap.empty()).getBaseDtype()).isEqualTo("bfloat16");
    assertThat(inFour.setBaseDtype("float32").getBaseDtype()).isEqualTo("float32");
  }

  @Test
  void savedEstimatorHasItsParameters() throws Exception {
    AdapterClassifier estimator =
        estimator()
            .setAlpha(12)
            .setMethod("lora")
            .setWeightDecay(0.5)
            .setWarmupFraction(0.1)
            .setMicroBatchTokens(100)
            .setProbabilityCol("p")
            .setBaseDtype("bfloat16")
            .setBaseQuantization("nf4-128")
            .setAdapterDtype("bfloat16");
    String path = folder.resolve("estimator").toString();
    estimator.save(path);
    AdapterClassifier loaded = AdapterClassifier.load(path);

    assertThat(loaded.uid()).isEqualTo(estimator.uid());
    assertThat(loaded.params()).hasSize(28);
    for (Param<?> param : estimator.params()) {
      assertThat(loaded.isSet(param)).as(param.name()).isEqualTo(estimator.isSet(param));
      if (estimator.isDefined(param)) {
        assertThat((Object) loaded.getOrDefault(param))
            .as(param.name())
            .isEqualTo(estimator.getOrDefault(param));
      }
    }
    assertThat(loaded.getTargets()).containsExactly("query", "value");
    assertThat(loaded.getModulesToSave()).containsExactly("pooler");
    assertThat(loaded.getAlpha()).isEqualTo(12);
    assertThat(loaded.getLearningRate()).isEqualTo(3e-3);
    assertThat(loaded.getEpochs()).isEqualTo(2);
    assertThat(loaded.getSeed()).isEqualTo(7);
    assertThat(loaded.getBatchSize()).isEqualTo(32);
    assertThat(loaded.getGroups()).isEqualTo(3);
    assertThat(loaded.getRank()).isEqualTo(4);
    assertThat(loaded.getMaxTokens()).isEqualTo(32);
    assertThat(loaded.getMicroBatchTokens()).isEqualTo(100);
    assertThat(loaded.getWeightDecay()).isEqualTo(0.5);
    assertThat(loaded.getWarmupFraction()).isEqualTo(0.1);
    assertThat(loaded.getMethod()).isEqualTo("lora");
    assertThat(loaded.getProbabilityCol()).isEqualTo("p");
    assertThat(loaded.getPredictionCol()).isEqualTo("kind");
    assertThat(loaded.getBaseDtype()).isEqualTo("bfloat16");
    assertThat(loaded.getBaseQuantization()).isEqualTo("nf4-128");
    assertThat(loaded.getAdapterDtype()).isEqualTo("bfloat16");
  }

  @Test
  void wrongColumnsAreRefusedBeforeAnythingRuns() {
    assertThatThrownBy(() -> estimator().setLabelCol("lable").transformSchema(SCHEMA))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("did you mean \"label\"?");
    assertThatThrownBy(() -> estimator().setKeyCol("key").transformSchema(SCHEMA))
        .hasMessageEndingWith("set keyCol to one of them");
    assertThatThrownBy(() -> estimator().setTextCol("glos").transformSchema(SCHEMA))
        .hasMessageContaining("did you mean \"gloss\"?");
    assertThat(estimator().setKeyCol("").transformSchema(SCHEMA).fieldNames())
        .containsExactly("gloss", "label", "id", "kind");
  }

  @Test
  void settingsThatCannotBeAreRefused() {
    Dataset<Row> rows = LocalSession.table(spark, glosses.subList(0, 4), 1);
    assertThatThrownBy(() -> new AdapterClassifier().setTextCol("gloss").setKeyCol("id").fit(rows))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Parameter base is not set (it has no default: the frozen model");
    assertThatThrownBy(() -> estimator().setWeightDecay(-1).fit(rows))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid weightDecay: -1.0 (must be at least 0 and finite); set another");
    assertThatThrownBy(() -> estimator().setWeightDecay(Double.POSITIVE_INFINITY).fit(rows))
        .hasMessageStartingWith("Invalid weightDecay: Infinity");
    assertThatThrownBy(() -> estimator().setMethod("lore").fit(rows))
        .hasMessageStartingWith("Unknown adapter method: \"lore\"");
  }

  @Test
  void targetsAreNamesOrAllLinear() {
    assertThat(adapterOf(new String[0]).targets().kind()).isEqualTo(ModuleChoice.Kind.UNSET);
    assertThat(adapterOf("All-Linear").targets().kind()).isEqualTo(ModuleChoice.Kind.ALL_LINEAR);
    assertThat(adapterOf("query").targets().entries()).containsExactly("query");
    assertThat(adapterOf("all-linear", "query").targets().entries()).hasSize(2);
  }

  private static AdapterSpec adapterOf(String... targets) {
    AdapterClassifier estimator = new AdapterClassifier().setTargets(targets);
    StageParams shared = new StageParams(estimator);
    return new TuningParams(shared.common(), shared.microBatchTokens)
        .adapter(AdapterSpec.CLASSIFICATION);
  }

  private static AdapterClassifier estimator() {
    return new AdapterClassifier()
        .setBase("minilm")
        .setTextCol("gloss")
        .setLabelCol("label")
        .setKeyCol("id")
        .setPredictionCol("kind")
        .setRank(4)
        .setAlpha(8)
        .setTargets("query", "value")
        .setModulesToSave("pooler")
        .setLearningRate(3e-3)
        .setEpochs(2)
        .setGroups(3)
        .setBatchSize(32)
        .setSeed(7)
        .setMaxTokens(32);
  }

  /** The file of weights that a model saves. */
  private static Path weights(AdapterClassifierModel model, String name) {
    try {
      Path saved = folder.resolve(name);
      if (!Files.exists(saved)) {
        model.save(saved.toString());
      }
      return saved.resolve("adapter/adapter_model.safetensors");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
