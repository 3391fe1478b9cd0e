package dev.rankwise.pipeline.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.image.PngFile;
import dev.rankwise.models.Golden;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.pipeline.LocalSession;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.param.Param;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The estimator of decoders: one learns to see, one learns from text alone. */
@Tag("spark")
@Tag("core")
final class TestAdapterGenerator {
  private static final int ROWS = 48;
  private static final int SIDE = 16;
  private static final String BASE =
      Path.of("..", "models", "dictionary").toAbsolutePath().normalize().toString();
  private static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.LongType)
          .add("picture", DataTypes.BinaryType)
          .add("question", DataTypes.StringType)
          .add("answer", DataTypes.StringType);

  @TempDir static Path folder;

  private static int scopesBefore;
  private static SparkSession spark;
  private static PipelineModel pipeline;
  private static AdapterGeneratorModel model;

  @BeforeAll
  static void fit() {
    ReplicaHolder.ofThisJvm().closeIdle();
    scopesBefore = TensorScope.open();
    spark = LocalSession.start("local[2]");
    pipeline = new Pipeline().setStages(new PipelineStage[] {seeing()}).fit(rows(numbers(ROWS), 3));
    model = (AdapterGeneratorModel) pipeline.stages()[0];
  }

  @AfterAll
  static void nothingLeaks() {
    spark.stop();
    ReplicaHolder.ofThisJvm().closeIdle();
    assertThat(TensorScope.open()).as("open scopes").isEqualTo(scopesBefore);
  }

  private static AdapterGenerator texts() {
    return new AdapterGenerator()
        .setBase(BASE)
        .setRowColumns("prompt=question", "completion=answer")
        .setKeyCol("id")
        .setMaxTokens(96)
        .setMicroBatchTokens(768)
        .setRank(8)
        .setLearningRate(2e-3)
        .setBatchSize(8)
        .setGroups(2)
        .setSeed(1);
  }

  private static AdapterGenerator seeing() {
    return texts()
        .setMethod("vora")
        .setImageCol("picture")
        .setTeacher(Golden.given("models").resolve("vit").toString())
        .setEpochs(36);
  }

  @Test
  void learnsToSeeAndAnswersWhatItSees() {
    List<Row> out =
        pipeline.transform(rows(numbers(ROWS), 2)).select("answer", "generated").collectAsList();

    // The mark that ends an answer may be learned later than the answer itself.
    long right = out.stream().filter(row -> row.getString(1).startsWith(row.getString(0))).count();
    assertThat(right).isGreaterThan(ROWS * 9 / 10);
    AdapterSummary summary = model.summary().orElseThrow();
    assertThat(summary.losses().get(summary.steps() - 1)).isLessThan(summary.losses().get(0));
    assertThat(summary.rows().train()).isEqualTo(ROWS);
    assertThat(summary.fingerprint().settings())
        .containsEntry("adapter.alpha", "8.0")
        .containsKeys("adapter.teacher", "data.image-normalisation");
    assertThat(model.getPromptCol()).isEqualTo("question");
    assertThat(model.getChatFormat()).isEqualTo("plain");
  }

  @Test
  void fittingAgainGivesTheSameBytes() throws IOException {
    List<Integer> shuffled = numbers(ROWS);
    Collections.shuffle(shuffled, new Random(3));
    AdapterGeneratorModel first = seeing().setEpochs(1).fit(rows(numbers(ROWS), 1));
    AdapterGeneratorModel again =
        seeing()
            .setEpochs(1)
            .setWorkDirectory(folder.resolve("work").toUri().toString())
            .fit(rows(shuffled, 4));

    for (String file : List.of("adapter_model.safetensors", "vision_embedding.safetensors")) {
      assertThat(saved(again, "again-" + file).resolve(file))
          .hasSameBinaryContentAs(saved(first, "first-" + file).resolve(file));
    }
    assertThat(folder.resolve("work")).isEmptyDirectory();
  }

  @Test
  void savedPipelineAnswersTheSame() throws IOException {
    String path = folder.resolve("pipeline").toString();
    pipeline.save(path);
    PipelineModel loaded = PipelineModel.load(path);

    Dataset<Row> rows = rows(numbers(6), 1);
    assertThat(loaded.transform(rows).collectAsList())
        .isEqualTo(pipeline.transform(rows).collectAsList());
  }

  @Test
  void textAloneIsTunedWithOtherMethods() {
    AdapterGeneratorModel words =
        texts()
            .setRowFormat("alpaca")
            .setRowColumns("instruction=question", "output=answer")
            .setTargets("all-linear")
            .setPacking("none")
            .setEpochs(12)
            .fit(rows(numbers(24), 2));

    AdapterSummary summary = words.summary().orElseThrow();
    assertThat(summary.losses().get(summary.steps() - 1)).isLessThan(summary.losses().get(0) / 2);
    assertThat(words.getRowFormat()).isEqualTo("alpaca");
    assertThat(words.getRowColumns()).containsExactly("instruction=question", "output=answer");
    assertThat(words.getChatFormat()).isEqualTo("alpaca");
    assertThat(words.setMaxNewTokens(4).transform(rows(numbers(2), 1)).first().isNullAt(4))
        .isFalse();
  }

  @Test
  void savedEstimatorHasItsParameters() throws IOException {
    AdapterGenerator estimator =
        seeing()
            .setBaseDtype("bfloat16")
            .setBaseQuantization("nf4")
            .setAdapterDtype("bfloat16")
            .setImageFolder("pictures")
            .setImageFit("stretched")
            .setGeneratedCol("said")
            .setFinishCol("why")
            .setChatFormat("plain")
            .setTrainOn("all")
            .setTruncation("drop")
            .setImageSide(16)
            .setImagePatch(4)
            .setImageWidth(32)
            .setImageLayers(2)
            .setImageAttention("causal")
            .setAlpha(4)
            .setModulesToSave("lm_head")
            .setWeightDecay(0.5)
            .setWarmupFraction(0.1);
    String path = folder.resolve("estimator").toString();
    estimator.save(path);
    AdapterGenerator loaded = AdapterGenerator.load(path);

    assertThat(loaded.uid()).isEqualTo(estimator.uid());
    assertThat(loaded.params()).hasSize(37);
    for (Param<?> param : estimator.params()) {
      assertThat(loaded.isSet(param)).as(param.name()).isEqualTo(estimator.isSet(param));
      if (estimator.isDefined(param)) {
        assertThat((Object) loaded.getOrDefault(param))
            .as(param.name())
            .isEqualTo(estimator.getOrDefault(param));
      }
    }
    assertThatThrownBy(() -> AdapterClassifier.load(path))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("load it with that class");
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Dataset<Row> rows = rows(numbers(2), 1);
    assertThatThrownBy(() -> seeing().setImageCol("").fit(rows))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot learn to see without pictures: method is \"vora\"; name their column in imageCol,"
                + " or choose another method");
    assertThatThrownBy(() -> texts().setImageCol("picture").fit(rows))
        .hasMessage(
            "Cannot read pictures from column \"picture\": the base does not see; leave imageCol"
                + " empty, or set method to \"vora\"");
    assertThatThrownBy(() -> texts().setBase("minilm").fit(rows))
        .hasMessageContaining("Cannot predict tokens with a base of architecture BertModel");
    assertThatThrownBy(() -> seeing().setImageSide(32).fit(rows))
        .hasMessageContaining("adapter.image-side is 32, and the teacher");
    assertThatThrownBy(() -> seeing().setTeacher(BASE).fit(rows))
        .hasMessageContaining("(must read pictures); name a ViT");
    assertThatThrownBy(() -> texts().setRowColumns("prompt=questio", "completion=answer").fit(rows))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("did you mean \"question\"?");
    assertThatThrownBy(() -> texts().setRowColumns("text=answer").fit(rows))
        .hasMessageStartingWith("Invalid rowColumns: rows of the form \"prompt-completion\"");
    assertThatThrownBy(() -> texts().setRowFormat("").fit(rows))
        .hasMessage(
            "Invalid rowFormat: \"\" (must be one of messages, sharegpt, alpaca, prompt-completion,"
                + " text)");
    assertThatThrownBy(() -> texts().setTruncation("upwards").fit(rows))
        .hasMessageStartingWith("Invalid truncation: \"upwards\" (must be one of ");
    assertThatThrownBy(() -> texts().setMaxTokens(100_000).fit(rows))
        .hasMessageContaining("Invalid maxTokens: 100000 (must be at most the ");
    assertThatThrownBy(() -> seeing().setImageLayers(-1).fit(rows))
        .hasMessage(
            "Invalid imageLayers: -1 (must be at least 1, or 0 to leave it open); set another");
    assertThatThrownBy(() -> texts().setGeneratedCol("answer").transformSchema(SCHEMA))
        .hasMessageContaining("the table has \"answer\" already; set generatedCol");
  }

  private static Path saved(AdapterGeneratorModel of, String name) throws IOException {
    Path saved = folder.resolve(name);
    of.save(saved.toString());
    return saved.resolve("adapter");
  }

  private static List<Integer> numbers(int count) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      numbers.add(i);
    }
    return numbers;
  }

  /** A picture is light or dark, and the answer says which; nothing else does. */
  private static Dataset<Row> rows(List<Integer> numbers, int partitions) {
    List<Row> rows = new ArrayList<>();
    for (int number : numbers) {
      boolean light = number % 2 == 0;
      Random random = new Random(number);
      byte[] colours = new byte[SIDE * SIDE * 3];
      for (int i = 0; i < colours.length; i++) {
        colours[i] = (byte) ((light ? 170 : 20) + random.nextInt(60));
      }
      byte[] file = PngFile.uncompressed(SIDE, colours);
      rows.add(RowFactory.create((long) number, file, "it is", light ? " light" : " dark"));
    }
    return spark.createDataFrame(rows, SCHEMA).coalesce(partitions);
  }
}
