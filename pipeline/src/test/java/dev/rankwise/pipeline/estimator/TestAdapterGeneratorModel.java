package dev.rankwise.pipeline.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.generation.Generated;
import dev.rankwise.models.generation.GenerationSettings;
import dev.rankwise.models.generation.Generator;
import dev.rankwise.models.generation.Sampling;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.models.tokenizer.WordList;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.pipeline.LocalSession;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import dev.rankwise.pipeline.tune.LibraryVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaSparkContext;
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
final class TestAdapterGeneratorModel {
  private static final StructType SCHEMA =
      new StructType().add("id", DataTypes.LongType).add("prompt", DataTypes.StringType);
  private static final int NEW_TOKENS = 8;

  @TempDir static Path folder;

  private static SparkSession spark;
  private static RandomDecoder decoder;
  private static Adapter adapter;
  private static int scopesBefore;

  @BeforeAll
  static void start() throws IOException {
    ReplicaHolder.ofThisJvm().closeIdle();
    scopesBefore = TensorScope.open();
    spark = LocalSession.start("local[2]");
    decoder = RandomDecoder.write(folder, "llama", 3);
    WordList.write(decoder.directory().directory(), 29);
    adapter = adapter();
    PeftDirectory.create(
        folder.resolve("adapter"),
        adapter,
        AdapterCard.of(
            LibraryVersion.RANKWISE, base(), SparkBases.source().resolve(base()).sha256()));
  }

  @AfterAll
  static void nothingLeaks() {
    spark.stop();
    ReplicaHolder.ofThisJvm().closeIdle();
    assertThat(TensorScope.open()).as("open scopes").isEqualTo(scopesBefore);
  }

  @Test
  void writesWhatTheReplicaWritesAfterEachPromptAlone() {
    List<String> prompts = prompts(30);

    List<Row> found = model().transform(rows(prompts, 3)).collectAsList();

    List<Generated> alone = alone(prompts);
    assertThat(found)
        .extracting(row -> row.<String>getAs("generated"))
        .containsExactlyElementsOf(alone.stream().map(Generated::text).toList());
    assertThat(found)
        .extracting(row -> row.<String>getAs("finish"))
        .containsExactlyElementsOf(alone.stream().map(it -> it.finish().word()).toList());
    assertThat(alone.stream().map(Generated::text).distinct().count())
        .as("prompts are answered differently")
        .isGreaterThan(5);
  }

  @Test
  void keepsOrderAndAllOtherColumns() {
    Dataset<Row> in = rows(prompts(300), 2);

    Dataset<Row> out = model().setFinishCol("").setGeneratedCol("answer").transform(in);

    assertThat(out.schema().fieldNames()).containsExactly("id", "prompt", "answer");
    assertThat(out.drop("answer").collectAsList()).isEqualTo(in.collectAsList());
  }

  @Test
  void aPromptThatCannotBeAnsweredSaysWhy() {
    List<String> prompts = new ArrayList<>();
    prompts.add(null);
    prompts.add("  ");
    prompts.add("w5 ".repeat(40));
    prompts.add("w5 w6");

    List<Row> found = model().transform(rows(prompts, 1)).collectAsList();

    assertThat(found)
        .extracting(row -> row.<String>getAs("finish"))
        .startsWith("prompt-empty", "prompt-empty", "prompt-too-long")
        .last()
        .isIn("end", "length");
    assertThat(found).extracting(row -> row.isNullAt(2)).containsExactly(true, true, true, false);
    assertThat(model().transform(rows(List.of(), 1)).collectAsList()).isEmpty();
  }

  @Test
  void whatIsDrawnDependsOnSeedAndPromptAlone() {
    List<String> prompts = prompts(40);
    prompts.add(prompts.get(0));
    AdapterGeneratorModel drawing = model().setTemperature(1).setTopK(20).setTopP(0.95);

    List<Row> once = drawing.transform(rows(prompts, 1)).collectAsList();

    assertThat(drawing.transform(rows(prompts, 4)).collectAsList()).isEqualTo(once);
    assertThat(once.get(40).<String>getAs("generated")).isEqualTo(once.get(0).getAs("generated"));
    assertThat(drawing.setSeed(1).transform(rows(prompts, 1)).collectAsList()).isNotEqualTo(once);
  }

  @Test
  void chatFormatIsThatOfTheTrainingData() {
    List<Row> plain = model().transform(rows(List.of("w5 w6 w7"), 1)).collectAsList();
    List<Row> alpaca =
        model().setChatFormat("alpaca").transform(rows(List.of("w5 w6 w7"), 1)).collectAsList();

    assertThat(alpaca).isNotEqualTo(plain);
    assertThatThrownBy(() -> model().setChatFormat("klingon").transform(rows(List.of("w5"), 1)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("klingon");
  }

  @Test
  void aSavedModelWritesTheSame() throws IOException {
    AdapterGeneratorModel saved =
        model().setTemperature(0.8).setRepetitionPenalty(1.2).setStopTexts(new String[] {"w3"});
    String path = folder.resolve("saved").toString();
    saved.save(path);

    AdapterGeneratorModel loaded = AdapterGeneratorModel.load(path);

    Dataset<Row> rows = rows(prompts(20), 2);
    assertThat(loaded.transform(rows).collectAsList())
        .isEqualTo(saved.transform(rows).collectAsList());
    assertThat(loaded.uid()).isEqualTo(saved.uid());
    assertThat(loaded.getStopTexts()).containsExactly("w3");
    assertThat(loaded.getMaxNewTokens()).isEqualTo(NEW_TOKENS);
    assertThat(loaded.isSet(loaded.seed())).isFalse();
    assertThat(folder.resolve("saved/adapter/adapter_model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("adapter/adapter_model.safetensors"));
  }

  @Test
  void isAFunctionOfSql() {
    List<String> prompts = prompts(5);
    model().register(spark, "go_on");
    rows(prompts, 1).createOrReplaceTempView("prompts");

    List<Row> found = spark.sql("SELECT go_on(prompt) FROM prompts ORDER BY id").collectAsList();

    assertThat(found)
        .extracting(row -> row.getString(0))
        .containsExactlyElementsOf(alone(prompts).stream().map(Generated::text).toList());
  }

  @Test
  void parametersOutOfRangeAreRefused() {
    Dataset<Row> rows = rows(List.of("w5"), 1);

    assertThatThrownBy(() -> model().setMaxNewTokens(0).transform(rows))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot generate 0 tokens");
    assertThatThrownBy(() -> model().setTopP(0.5).transform(rows))
        .hasMessageContaining("at temperature 0 nothing is drawn");
    assertThatThrownBy(() -> model().setBaseDtype("int8").transform(rows))
        .hasMessageContaining("Invalid baseDtype: \"int8\"");
    assertThatThrownBy(() -> model().setPromptCol("id").transform(rows))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("its type is bigint (must be string); name another promptCol");
    assertThatThrownBy(() -> model().setGeneratedCol("Prompt").transform(rows))
        .hasMessageContaining("the table has \"prompt\" already; set generatedCol");
    assertThatThrownBy(() -> model().setFinishCol("generated").transform(rows))
        .hasMessageContaining("they must differ");
  }

  @Test
  void whatIsNoDecoderIsRefused() {
    assertThatThrownBy(() -> AdapterGeneratorModel.fromAdapter("minilm", folder + "/adapter"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot predict tokens with a base of architecture BertModel");
    assertThatThrownBy(() -> AdapterClassifierModel.fromAdapter(base(), folder + "/adapter"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("has no classes");
    assertThatThrownBy(() -> AdapterClassifierModel.load(saved()))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("load it with that class");
  }

  @Test
  void parametersOfAPipelineGoBeforeItsOwn() {
    AdapterGeneratorModel model = model();
    ParamMap extra = new ParamMap().put(model.generatedCol(), "other");

    assertThat(model.copy(extra).transform(rows(List.of("w5"), 1)).schema().fieldNames())
        .contains("other");
    assertThat(model.getGeneratedCol()).isEqualTo("generated");
  }

  private static String saved() throws IOException {
    String path = folder.resolve("generator").toString();
    model().save(path);
    return path;
  }

  private static AdapterGeneratorModel model() {
    return AdapterGeneratorModel.fromAdapter(base(), folder + "/adapter")
        .setMaxNewTokens(NEW_TOKENS);
  }

  private static String base() {
    return decoder.directory().directory().toString();
  }

  private static Adapter adapter() {
    AdapterPlan plan =
        AdapterPlan.of(
            decoder.config(),
            AdapterSpec.of("lora")
                .withRank(2, 4)
                .withTargets(ModuleChoice.of(List.of("q_proj", "v_proj", "down_proj"))));
    float[] values = new float[plan.layout().size()];
    Random random = new Random(5);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.4 * random.nextGaussian());
    }
    return new Adapter(plan, values);
  }

  /** What the replica goes on with, each prompt by itself. */
  private static List<Generated> alone(List<String> prompts) {
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
    GenerationSettings greedy =
        new GenerationSettings(NEW_TOKENS, Sampling.greedy(), 0, List.of(2), List.of(), 1);
    try (Tokenizer tokenizer = HuggingFaceTokenizer.of(decoder.directory());
        Replica replica =
            Replica.open(
                decoder.directory(),
                decoder.config(),
                adapter.plan().attachment(),
                settings,
                BaseCache.defaultRoot());
        Parameters parameters = replica.parameters(adapter.values())) {
      Generator generator =
          new Generator(
              ids -> replica.decodingPassAfter(parameters, ids),
              decoder.config(),
              Optional.of(tokenizer));
      return prompts.stream()
          .flatMap(
              prompt ->
                  generator
                      .generate(List.of(tokenizer.encode(prompt, 40)), greedy, (index, piece) -> {})
                      .stream())
          .toList();
    }
  }

  private static List<String> prompts(int count) {
    SplittableRandom random = new SplittableRandom(7);
    List<String> prompts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      prompts.add(
          random
              .ints(random.nextInt(1, 12), 3, 29)
              .mapToObj(word -> "w" + word)
              .collect(Collectors.joining(" ")));
    }
    return prompts;
  }

  private static Dataset<Row> rows(List<String> prompts, int partitions) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      rows.add(RowFactory.create((long) i, prompts.get(i)));
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    return spark.createDataFrame(context.parallelize(rows, partitions), SCHEMA);
  }
}
