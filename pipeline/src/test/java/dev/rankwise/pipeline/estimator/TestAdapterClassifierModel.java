package dev.rankwise.pipeline.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.merge.MergedBase;
import dev.rankwise.adapters.merge.MergedWeights;
import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.StagedDirectory;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseNames;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.pipeline.LocalSession;
import dev.rankwise.pipeline.evaluate.ClassScores;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import dev.rankwise.pipeline.tune.LibraryVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Date;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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

@Tag("spark")
@Tag("core")
final class TestAdapterClassifierModel {
  private static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.LongType)
          .add("text", DataTypes.StringType)
          .add("weights", DataTypes.createArrayType(DataTypes.IntegerType))
          .add("day", DataTypes.DateType);

  @TempDir static Path folder;

  private static SparkSession spark;
  private static Adapter adapter;
  private static int scopesBefore;

  @BeforeAll
  static void start() {
    ReplicaHolder.ofThisJvm().closeIdle();
    scopesBefore = TensorScope.open();
    spark = LocalSession.start("local[2]");
    adapter = TinyAdapter.of(1);
    PeftDirectory.create(
        folder.resolve("adapter"),
        adapter,
        AdapterCard.of("test", "minilm", TinyAdapter.base().sha256()));
  }

  @AfterAll
  static void nothingLeaks() {
    spark.stop();
    ReplicaHolder.ofThisJvm().closeIdle();
    assertThat(TensorScope.open()).as("open scopes").isEqualTo(scopesBefore);
  }

  @Test
  void predictsWhatTheReplicaSaysOfEachTextAlone() {
    List<String> texts = texts(40);
    Dataset<Row> out =
        model().setProbabilityCol("p").setMicroBatchTokens(60).transform(rows(texts, 3));

    List<float[]> expected = scores(texts);
    List<Row> found = out.collectAsList();

    assertThat(found).hasSize(texts.size());
    for (int i = 0; i < texts.size(); i++) {
      assertThat(found.get(i).<String>getAs("prediction"))
          .isEqualTo(TinyAdapter.LABELS.get(ClassScores.argmax(expected.get(i))));
      List<Double> probabilities = found.get(i).getList(found.get(i).fieldIndex("p"));
      double[] oracle = ClassScores.softmax(expected.get(i));
      for (int k = 0; k < oracle.length; k++) {
        assertThat(probabilities.get(k)).isCloseTo(oracle[k], within(1e-5));
      }
    }
    assertThat(found.stream().map(row -> row.<String>getAs("prediction")).distinct())
        .as("the predictions tell texts apart")
        .hasSizeGreaterThan(1);
  }

  @Test
  void aMergedModelPredictsWithoutItsAdapter() {
    Path merged = folder.resolve("merged");
    try (SafetensorsFile file = SafetensorsFile.open(TinyAdapter.base().weights());
        StagedDirectory staged = StagedDirectory.beside(merged)) {
      BaseWeights weights = BaseWeights.of(file, adapter.plan().matched().tree());
      new MergedBase(MergedWeights.of(adapter, weights), TinyAdapter.base())
          .write(staged.path(), Optional.empty(), Long.MAX_VALUE);
      staged.commit();
    }
    Dataset<Row> in = rows(texts(30), 2);

    AdapterClassifierModel whole = AdapterClassifierModel.fromModel(merged.toString());

    assertThat(whole.labels()).isEqualTo(TinyAdapter.LABELS);
    assertThat(whole.transform(in).collectAsList())
        .isEqualTo(model().transform(in).collectAsList());
  }

  @Test
  void keepsOrderAndAllOtherColumns() {
    Dataset<Row> in = rows(texts(300), 2);
    Dataset<Row> out = model().transform(in);

    assertThat(out.schema().fieldNames())
        .containsExactly("id", "text", "weights", "day", "prediction");
    assertThat(out.drop("prediction").collectAsList()).isEqualTo(in.collectAsList());
    assertThat(out.filter("prediction is null").count()).isZero();
  }

  @Test
  void nullTextsHaveNullPredictions() {
    List<Row> found =
        model()
            .setProbabilityCol("p")
            .transform(rows(Arrays.asList(null, "a small dog", null), 1))
            .collectAsList();

    assertThat(found).extracting(row -> row.isNullAt(4)).containsExactly(true, false, true);
    assertThat(found).extracting(row -> row.isNullAt(5)).containsExactly(true, false, true);
  }

  @Test
  void noRowsHaveNoPredictions() {
    assertThat(model().transform(rows(List.of(), 1)).collectAsList()).isEmpty();
  }

  @Test
  void textOfTenMegabytesIsCut() {
    String pair = "\ud83d\udc15";
    String huge = "x" + pair.repeat(5 << 20);
    String words = "dog food ".repeat(1 << 20);
    List<Row> found = model().transform(rows(List.of(huge, words), 1)).collectAsList();

    String cut = words.substring(0, 10_000);
    assertThat(found.get(0).<String>getAs("prediction")).isIn(TinyAdapter.LABELS);
    assertThat(found.get(0).<String>getAs("text")).hasSameSizeAs(huge);
    assertThat(found.get(1).<String>getAs("prediction"))
        .isEqualTo(model().transform(rows(List.of(cut), 1)).first().<String>getAs("prediction"));
  }

  @Test
  void takingSomeRowsLeavesTheReplicaUsable() {
    Dataset<Row> out = model().transform(rows(texts(300), 1));

    assertThat(out.takeAsList(3)).hasSize(3);
    assertThat(out.count()).isEqualTo(300);
  }

  @Test
  void isAFunctionOfSql() {
    List<String> texts = texts(6);
    rows(texts, 1).createOrReplaceTempView("glosses");
    model().register(spark, "kind_of");

    List<Row> found =
        spark.sql("SELECT kind_of(text), kind_of(NULL) FROM glosses ORDER BY id").collectAsList();

    List<String> expected =
        scores(texts).stream().map(s -> TinyAdapter.LABELS.get(ClassScores.argmax(s))).toList();
    assertThat(found).extracting(row -> row.getString(0)).isEqualTo(expected);
    assertThat(found).allMatch(row -> row.isNullAt(1));
  }

  @Test
  void statementsOfTheDocumentRun() throws Exception {
    Path csv = folder.resolve("glosses.csv");
    Files.writeString(csv, "1,a small dog\n2,\n3,sweet bread\n");
    String document = Files.readString(Path.of("../docs/spark-ml.md"));
    String block = document.split("```sql\n")[1].split("```")[0];
    model().register(spark, "kind_of");

    Dataset<Row> last = spark.emptyDataFrame();
    for (String statement : block.strip().split(";")) {
      last = spark.sql(statement.replace("glosses.csv", csv.toString()));
    }

    assertThat(last.columns()).containsExactly("kind", "rows");
    assertThat(last.collectAsList().stream().mapToLong(row -> row.getLong(1)).sum()).isEqualTo(2);
  }

  @Test
  void missingColumnIsNamedWithTheNearest() {
    assertThatThrownBy(() -> model().setTextCol("txt").transform(rows(List.of("a"), 1)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot find column \"txt\" in the table: its columns are \"id\", \"text\","
                + " \"weights\", \"day\"; did you mean \"text\"?");
    assertThatThrownBy(() -> model().setTextCol("description").transformSchema(SCHEMA))
        .hasMessageEndingWith("; set textCol to one of them");
    assertThatThrownBy(() -> model().transformSchema(new StructType()))
        .hasMessageContaining("its columns are none; set textCol");
    StructType wide = new StructType();
    for (int i = 0; i < 31; i++) {
      wide = wide.add("column" + i, DataTypes.LongType);
    }
    StructType wider = wide;
    assertThatThrownBy(() -> model().transformSchema(wider))
        .hasMessageContaining("\"column29\" …; ");
  }

  @Test
  void columnOfAnotherTypeIsRefused() {
    assertThatThrownBy(() -> model().setTextCol("id").transformSchema(SCHEMA))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot read column \"id\": its type is bigint (must be string); name another"
                + " textCol or cast it");
  }

  @Test
  void columnThatIsThereIsNotOverwritten() {
    assertThatThrownBy(() -> model().setPredictionCol("Day").transformSchema(SCHEMA))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot add column \"Day\": the table has \"day\" already; set predictionCol to"
                + " another name or drop that column");
    assertThatThrownBy(
            () -> model().setPredictionCol("a").setProbabilityCol("a").transformSchema(SCHEMA))
        .hasMessageStartingWith(
            "Invalid columns to add: predictionCol \"a\", probabilityCol \"a\"");
    assertThatThrownBy(() -> model().setPredictionCol("").transformSchema(SCHEMA))
        .hasMessageStartingWith("Invalid columns to add: predictionCol \"\"");
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    Dataset<Row> rows = rows(List.of("a"), 1);
    assertThatThrownBy(() -> model().setMaxTokens(513).transform(rows))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid maxTokens: 513 (must be at most the 512 positions of base \"minilm\", or 0"
                + " for the default); set another");
    assertThatThrownBy(() -> model().setMaxTokens(-1).transform(rows))
        .hasMessageStartingWith("Invalid maxTokens: -1");
    assertThatThrownBy(() -> model().setMicroBatchTokens(0).transform(rows))
        .hasMessage("Invalid microBatchTokens: 0 (must be at least 1); set another");
    assertThatThrownBy(() -> model().setBaseDtype("int8").transform(rows))
        .hasMessage("Invalid baseDtype: \"int8\" (must be float32 or bfloat16); set one of these");
  }

  @Test
  void savedModelPredictsTheSame() throws Exception {
    AdapterClassifierModel saved =
        model().setPredictionCol("kind").setProbabilityCol("p").setMaxTokens(16);
    String path = folder.resolve("saved").toString();
    saved.save(path);
    AdapterClassifierModel loaded = AdapterClassifierModel.load(path);

    Dataset<Row> rows = rows(texts(20), 2);
    assertThat(loaded.transform(rows).collectAsList())
        .isEqualTo(saved.transform(rows).collectAsList());
    assertThat(loaded.uid()).isEqualTo(saved.uid());
    assertThat(loaded.labels()).isEqualTo(TinyAdapter.LABELS);
    assertThat(loaded.getMaxTokens()).isEqualTo(16);
    assertThat(loaded.isSet(loaded.textCol())).isFalse();
    assertThat(loaded.summary()).isEmpty();
    assertThat(folder.resolve("saved/adapter/adapter_model.safetensors"))
        .hasSameBinaryContentAs(weights());
    assertThatThrownBy(() -> saved.save(path)).hasMessageContaining("already exists");
    saved.write().overwrite().save(path);
  }

  @Test
  void folderThatIsNoModelIsRefused() throws Exception {
    assertThatThrownBy(() -> AdapterClassifierModel.load(folder.resolve("none").toString()))
        .isInstanceOf(UserInputException.class)
        .hasMessageEndingWith(
            "none\": it holds no folder \"metadata\"; name a folder that a stage was saved in");
    assertThatThrownBy(() -> AdapterClassifierModel.load(metadata("{\"class\": \"x.Y\"}")))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("it holds \"x.Y\"; load it with that class or with PipelineModel");
    assertThatThrownBy(() -> AdapterClassifierModel.load(metadata("no")))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("\": it is not JSON: ");
    assertThatThrownBy(() -> AdapterClassifierModel.load("nowhere:/x"))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot load \"nowhere:/x\": ");
  }

  @Test
  void metadataWithForeignParametersIsRefused() throws Exception {
    String path = folder.resolve("foreign").toString();
    model().save(path);
    String line = Files.readString(metadataFile(path));
    assertThatThrownBy(
            () -> AdapterClassifierModel.load(changed(path, line, "\"maxTokens\"", "\"tokens\"")))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("this version knows no parameter \"tokens\"; save the stage again");
    assertThatThrownBy(
            () ->
                AdapterClassifierModel.load(
                    changed(path, line, "\"maxTokens\":0", "\"maxTokens\":\"many\"")))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("parameter \"maxTokens\" cannot be read: ");
  }

  @Test
  void adapterIsReadFromAnyFileSystem() throws Exception {
    spark
        .sparkContext()
        .hadoopConfiguration()
        .set("fs.copied.impl", CopiedFileSystem.class.getName());
    String remote = "copied://host" + folder.resolve("adapter");
    AdapterClassifierModel there = AdapterClassifierModel.fromAdapter("minilm", remote);
    String saved = "copied://host" + folder.resolve("remote");
    there.save(saved);

    Dataset<Row> rows = rows(texts(5), 1);
    assertThat(AdapterClassifierModel.load(saved).transform(rows).collectAsList())
        .isEqualTo(model().transform(rows).collectAsList());
  }

  @Test
  void folderWithoutAdapterIsRefused() {
    assertThatThrownBy(() -> AdapterClassifierModel.fromAdapter("minilm", folder.toString()))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot read an adapter at \"")
        .hasMessageEndingWith(
            ": it holds no adapter_config.json; name a PEFT directory, such as \"adapter\" in a"
                + " run folder");
    assertThatThrownBy(() -> AdapterClassifierModel.fromAdapter("minilm", "s3a:"))
        .isInstanceOf(UserInputException.class);
  }

  @Test
  void copyTakesParametersAndLeavesTheOriginal() {
    AdapterClassifierModel model = model().setTextCol("first");
    ParamMap other = new ParamMap();
    other.put(model.textCol(), "second");
    AdapterClassifierModel copy = model.copy(other);

    assertThat(copy.getTextCol()).isEqualTo("second");
    assertThat(copy.uid()).isEqualTo(model.uid());
    assertThat(model.getTextCol()).isEqualTo("first");
    assertThat(model.explainParams()).contains("textCol: column with the text");
  }

  @Test
  void bfloat16IsAParameter() {
    AdapterClassifierModel model = model().setBaseDtype("bfloat16").setAdapterDtype("bfloat16");
    assertThat(model.getBaseDtype()).isEqualTo("bfloat16");
    assertThat(model.getAdapterDtype()).isEqualTo("bfloat16");
    assertThat(model.getProbabilityCol()).isEmpty();
    assertThat(model.getMicroBatchTokens()).isEqualTo(4096);
    assertThat(model.transform(rows(List.of("a dog"), 1)).first().<String>getAs("prediction"))
        .isIn(TinyAdapter.LABELS);
  }

  @Test
  void modelCanBeSerialised() throws Exception {
    try (ObjectOutputStream out = new ObjectOutputStream(new ByteArrayOutputStream())) {
      out.writeObject(model());
    }
  }

  @Test
  void anAdapterThatWasTrainedOnFourBitsComputesOnThem() throws IOException {
    String bits = folder.resolve("bits").toString();
    PeftDirectory.create(
        Path.of(bits),
        adapter,
        AdapterCard.of("test", "minilm", TinyAdapter.base().sha256())
            .trainedOn(BaseHolding.named("nf4", "bfloat16", "a test")));
    AdapterClassifierModel model = AdapterClassifierModel.fromAdapter("minilm", bits);

    assertThat(model.getBaseQuantization()).isEqualTo("nf4");
    assertThat(model.getBaseDtype()).isEqualTo("bfloat16");
    assertThat(model().getBaseQuantization()).isEqualTo("none");
    assertThat(model().getBaseDtype()).isEqualTo("float32");
    String saved = folder.resolve("bits-saved").toString();
    model.save(saved);
    assertThat(AdapterClassifierModel.load(saved).getBaseQuantization()).isEqualTo("nf4");
    assertThat(PeftDirectory.origin(Path.of(saved, "adapter")).orElseThrow().held().text())
        .isEqualTo("nf4 of bfloat16");
  }

  private static AdapterClassifierModel model() {
    return AdapterClassifierModel.fromAdapter("minilm", folder.resolve("adapter").toString());
  }

  /** The file of weights as the directory's own writer makes it. */
  private static Path weights() {
    Path again = folder.resolve("again");
    PeftDirectory.create(
        again,
        adapter,
        AdapterCard.of(
            LibraryVersion.RANKWISE, BaseNames.inHub("minilm"), TinyAdapter.base().sha256()));
    return again.resolve(PeftDirectory.WEIGHTS);
  }

  private static String metadata(String line) throws Exception {
    Path stage = Files.createTempDirectory(folder, "stage");
    Files.createDirectory(stage.resolve("metadata"));
    Files.writeString(stage.resolve("metadata/part-00000"), line + "\n");
    return stage.toString();
  }

  private static String changed(String path, String line, String from, String to) throws Exception {
    assertThat(line).contains(from);
    Path part = metadataFile(path);
    Files.deleteIfExists(part.resolveSibling("." + part.getFileName() + ".crc"));
    Files.writeString(part, line.replace(from, to));
    return path;
  }

  /** The one file of a stage's metadata; Spark 4 gives its name a further part. */
  private static Path metadataFile(String path) throws IOException {
    try (var files = Files.list(Path.of(path, "metadata"))) {
      String part = "part-00000";
      return files.filter(it -> it.getFileName().toString().startsWith(part)).findFirst().get();
    }
  }

  private static List<String> texts(int count) {
    String[] words = {
      "dog", "bread", "teacher", "small", "eats", "of", "a", "the", "wild", "sweet"
    };
    Random random = new Random(5);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder();
      int length = random.nextInt(12);
      for (int w = 0; w < length; w++) {
        text.append(words[random.nextInt(words.length)]).append(' ');
      }
      texts.add(text.toString());
    }
    return texts;
  }

  private static Dataset<Row> rows(List<String> texts, int partitions) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      rows.add(
          RowFactory.create(
              (long) i, texts.get(i), new Integer[] {i, null}, Date.valueOf("2024-02-29")));
    }
    return spark.createDataFrame(rows, SCHEMA).coalesce(partitions);
  }

  /** Class scores of each text in a forward pass of its own. */
  private static List<float[]> scores(List<String> texts) {
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(TinyAdapter.base().tokenizer());
        Replica replica =
            Replica.open(
                TinyAdapter.base(),
                adapter.plan().base(),
                adapter.plan().attachment(),
                settings,
                BaseCache.defaultRoot());
        Parameters parameters = replica.parameters(adapter.values())) {
      List<float[]> scores = new ArrayList<>();
      for (String text : texts) {
        int[] ids = tokenizer.encode(text, 256);
        int[] offsets = {0, ids.length};
        TokenBatch batch = new TokenBatch(ids, new int[ids.length], offsets, new int[0]);
        scores.add(replica.logits(parameters, batch)[0]);
      }
      return scores;
    }
  }
}
