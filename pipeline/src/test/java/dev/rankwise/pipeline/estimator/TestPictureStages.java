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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.spark.ml.param.ParamMap;
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

/** The stages on a base that reads pictures. */
@Tag("spark")
final class TestPictureStages {
  private static final int ROWS = 48;
  private static final int SIDE = 16;
  private static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.LongType)
          .add("picture", DataTypes.BinaryType)
          .add("label", DataTypes.StringType);

  @TempDir static Path folder;

  private static int scopesBefore;
  private static SparkSession spark;
  private static AdapterClassifierModel model;

  @BeforeAll
  static void fit() {
    ReplicaHolder.ofThisJvm().closeIdle();
    scopesBefore = TensorScope.open();
    spark = LocalSession.start("local[2]");
    model = estimator().fit(rows(numbers(ROWS), 3));
  }

  @AfterAll
  static void nothingLeaks() {
    spark.stop();
    ReplicaHolder.ofThisJvm().closeIdle();
    assertThat(TensorScope.open()).as("open scopes").isEqualTo(scopesBefore);
  }

  private static AdapterClassifier estimator() {
    return new AdapterClassifier()
        .setBase(Golden.own("models/vit").toString())
        .setImageCol("picture")
        .setKeyCol("id")
        .setTargets("all-linear")
        .setRank(4)
        .setAlpha(8)
        .setLearningRate(1e-2)
        .setBatchSize(8)
        .setMicroBatchTokens(51)
        .setEpochs(8)
        .setGroups(2)
        .setSeed(5);
  }

  private static AdapterClassifierModel fresh() {
    return model.copy(ParamMap.empty());
  }

  @Test
  void learnsItsPicturesAndAddsTheirLabels() {
    Dataset<Row> out = fresh().setProbabilityCol("p").transform(rows(numbers(ROWS), 2));

    assertThat(out.columns()).containsExactly("id", "picture", "label", "prediction", "p");
    assertThat(out.filter("prediction = label").count()).isGreaterThan(ROWS * 9 / 10);
    assertThat(out.collectAsList())
        .allSatisfy(
            row -> {
              List<Double> p = row.getList(4);
              int best = model.labels().indexOf(row.getString(3));
              assertThat(p.get(best)).isEqualTo(Collections.max(p));
            });
    AdapterSummary summary = model.summary().orElseThrow();
    assertThat(summary.rows().train()).isEqualTo(ROWS);
    assertThat(summary.fingerprint().settings())
        .containsEntry(
            "data.image-normalisation", "mean [0.5, 0.5, 0.5], deviation [0.5, 0.5, 0.5]");
  }

  @Test
  void fittingAgainGivesTheSameBytesWhereverThePicturesLie() throws IOException {
    List<Integer> shuffled = numbers(ROWS);
    Collections.shuffle(shuffled, new Random(3));
    Path files = Files.createDirectory(folder.resolve("files"));
    List<Row> named = new ArrayList<>();
    for (int number : shuffled) {
      Files.write(files.resolve(number + ".png"), file(number));
      named.add(RowFactory.create((long) number, number + ".png", label(number)));
    }
    StructType schema =
        new StructType()
            .add("id", DataTypes.LongType)
            .add("picture", DataTypes.StringType)
            .add("label", DataTypes.StringType);
    AdapterClassifierModel again =
        estimator()
            .setImageFolder(files.toUri().toString())
            .fit(spark.createDataFrame(named, schema).repartition(5));

    assertThat(weights(again, "again")).hasSameBinaryContentAs(weights(model, "first"));
    assertThat(again.getImageFolder()).isEqualTo(files.toUri().toString());
    assertThat(
            again
                .transform(spark.createDataFrame(named, schema))
                .filter("prediction = label")
                .count())
        .isGreaterThan(ROWS * 9 / 10);
  }

  @Test
  void savedModelSeesTheSame() throws IOException {
    String path = folder.resolve("saved").toString();
    fresh().setReasonCol("why").save(path);
    AdapterClassifierModel loaded = AdapterClassifierModel.load(path);

    Dataset<Row> rows = rows(numbers(9), 1);
    assertThat(loaded.transform(rows).drop("why").collectAsList())
        .isEqualTo(model.transform(rows).collectAsList());
    assertThat(loaded.getImageCol()).isEqualTo("picture");
    assertThat(loaded.getImageFit()).isEqualTo("stretched");
    assertThat(loaded.getReasonCol()).isEqualTo("why");
  }

  @Test
  void aPictureThatCannotBeUsedHasAReason() {
    List<Row> rows = new ArrayList<>();
    rows.add(RowFactory.create(0L, file(0), "light"));
    rows.add(RowFactory.create(1L, null, "light"));
    rows.add(RowFactory.create(2L, Arrays.copyOf(file(1), 100), "dark"));
    rows.add(RowFactory.create(3L, new byte[] {(byte) 0xFF, 0}, "dark"));
    List<Row> out =
        fresh()
            .setReasonCol("why")
            .setProbabilityCol("p")
            .transform(spark.createDataFrame(rows, SCHEMA).coalesce(1))
            .collectAsList();

    assertThat(out)
        .extracting(row -> row.<String>getAs("why"))
        .containsExactly(null, "MISSING_PICTURE", "PICTURE_TRUNCATED", "PICTURE_OF_UNKNOWN_FORMAT");
    assertThat(out.subList(1, 4)).allMatch(row -> row.isNullAt(3)).allMatch(row -> row.isNullAt(4));
    assertThat(out.get(0).getString(3)).isEqualTo("light");
  }

  @Test
  void isAFunctionOfSqlOverBytesAndPaths() throws IOException {
    Path files = Files.createDirectories(folder.resolve("of-sql"));
    Files.write(files.resolve("dark.png"), file(1));
    fresh().setImageFolder(files.toUri().toString()).register(spark, "seen");
    rows(numbers(2), 1).createOrReplaceTempView("pictures");

    assertThat(spark.sql("SELECT seen(picture) FROM pictures ORDER BY id").collectAsList())
        .extracting(row -> row.getString(0))
        .containsExactly("light", "dark");
    Row one = spark.sql("SELECT seen('dark.png'), seen(NULL), seen('../x')").first();
    assertThat(one.getString(0)).isEqualTo("dark");
    assertThat(one.isNullAt(1)).isTrue();
    assertThat(one.isNullAt(2)).isTrue();
    assertThatThrownBy(() -> spark.sql("SELECT seen(7)").collectAsList())
        .hasStackTraceContaining(
            "Cannot answer a value of type Integer: the function takes a picture's file as bytes, or"
                + " its path");
  }

  @Test
  void whatTheBaseDoesNotReadIsRefused() {
    Dataset<Row> rows = rows(numbers(2), 1);
    assertThatThrownBy(() -> fresh().setImageCol("").setTextCol("label").transform(rows))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot classify texts with a base of model_type \"vit\": it reads pictures; name their"
                + " column in imageCol, or choose an encoder of texts such as bert or roberta");
    assertThatThrownBy(() -> estimator().setImageCol("").setTextCol("label").fit(rows))
        .hasMessageStartingWith("Cannot classify texts with a base of model_type \"vit\"");
    assertThatThrownBy(() -> estimator().setBase("minilm").fit(rows))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot classify the pictures in column \"picture\" with a base of model_type \"bert\":"
                + " it reads texts; leave imageCol empty, or choose a base such as vit");
    assertThatThrownBy(() -> fresh().setImageCol("pictur").transform(rows))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("did you mean \"picture\"?");
    assertThatThrownBy(() -> fresh().setImageFit("bent").transform(rows))
        .hasMessage("Invalid imageFit: \"bent\" (must be stretched or padded)");
    assertThatThrownBy(() -> fresh().setReasonCol("prediction").transform(rows))
        .hasMessageContaining("reasonCol \"prediction\" (the prediction needs a name");
    assertThatThrownBy(
            () ->
                estimator()
                    .fit(
                        spark.createDataFrame(
                            List.of(RowFactory.create(1L, new byte[] {(byte) 0xFF, 0, 1}, "dark")),
                            SCHEMA)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("1 because a picture is no PNG, JPEG or WebP file");
  }

  private static Path weights(AdapterClassifierModel of, String name) throws IOException {
    Path saved = folder.resolve(name);
    of.save(saved.toString());
    return saved.resolve("adapter/adapter_model.safetensors");
  }

  private static List<Integer> numbers(int count) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      numbers.add(i);
    }
    return numbers;
  }

  private static Dataset<Row> rows(List<Integer> numbers, int partitions) {
    List<Row> rows =
        numbers.stream()
            .map(number -> RowFactory.create((long) number, file(number), label(number)))
            .toList();
    return spark.createDataFrame(rows, SCHEMA).coalesce(partitions);
  }

  private static String label(int number) {
    return number % 2 == 0 ? "light" : "dark";
  }

  private static byte[] file(int number) {
    Random random = new Random(number);
    byte[] colours = new byte[SIDE * SIDE * 3];
    for (int i = 0; i < colours.length; i++) {
      colours[i] = (byte) ((number % 2 == 0 ? 170 : 20) + random.nextInt(60));
    }
    return PngFile.uncompressed(SIDE, colours);
  }
}
