package dev.rankwise.pipeline.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.tokenizer.WordList;
import dev.rankwise.pipeline.LocalSession;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import dev.rankwise.pipeline.tune.LibraryVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.api.java.JavaSparkContext;
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

/** Rows that name their task in a column, to an adapter that routes by tasks. */
@Tag("spark")
final class TestTaskColumn {
  private static final StructType SCHEMA =
      new StructType().add("prompt", DataTypes.StringType).add("kind", DataTypes.StringType);

  @TempDir static Path folder;

  private static SparkSession spark;
  private static RandomDecoder decoder;

  @BeforeAll
  static void start() throws IOException {
    spark = LocalSession.start("local[2]");
    decoder = RandomDecoder.write(folder, "llama", 3);
    WordList.write(decoder.directory().directory(), 29);
    write("tasks", Router.TASK);
    write("tokens", Router.TOKEN);
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ReplicaHolder.ofThisJvm().closeIdle();
  }

  @Test
  void eachRowIsAnsweredAsOneOfItsTask() {
    List<String> kinds = List.of("here", "there", "there", "here", "there", "here");
    List<Row> found = model("tasks").setTaskCol("kind").transform(rows(kinds)).collectAsList();

    List<Row> here = model("tasks").setTask("here").transform(rows(kinds)).collectAsList();
    List<Row> there = model("tasks").setTask("there").transform(rows(kinds)).collectAsList();
    for (int i = 0; i < kinds.size(); i++) {
      List<Row> own = kinds.get(i).equals("here") ? here : there;
      assertThat(found.get(i)).isEqualTo(own.get(i));
    }
    assertThat(here).isNotEqualTo(there);
  }

  @Test
  void aRowOfNoTaskThatIsKnownHasNoText() {
    List<String> kinds = new ArrayList<>(List.of("here", "Here", ""));
    kinds.add(null);

    List<Row> found = model("tasks").setTaskCol("kind").transform(rows(kinds)).collectAsList();

    assertThat(found)
        .extracting(row -> row.<String>getAs("finish"))
        .endsWith("task-unknown", "task-unknown", "task-unknown")
        .first()
        .isIn("end", "length");
    assertThat(found)
        .extracting(row -> row.getAs("generated") == null)
        .containsExactly(false, true, true, true);
  }

  @Test
  void whatDoesNotGoWithAColumnOfTasksIsRefused() {
    Dataset<Row> rows = rows(List.of("here"));

    assertThatThrownBy(() -> model("tokens").setTaskCol("kind").transform(rows))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot use tasks of column \"kind\": the adapter does not route by tasks; leave the"
                + " column out");
    assertThatThrownBy(() -> model("tasks").setTaskCol("kind").setTask("here").transform(rows))
        .hasMessage(
            "Task \"here\" is named for all rows, and column \"kind\" for each; keep one of them");
    assertThatThrownBy(() -> model("tasks").setTaskCol("sort").transform(rows))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot find column \"sort\" in the table");
    assertThatThrownBy(() -> model("tasks").setTaskCol("kind").register(spark, "answer"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("it is given the prompt alone; set task instead of taskCol");
  }

  private static AdapterGeneratorModel model(String adapter) {
    return AdapterGeneratorModel.fromAdapter(base(), folder.resolve(adapter).toString())
        .setMaxNewTokens(6);
  }

  private static String base() {
    return decoder.directory().directory().toString();
  }

  private static void write(String name, Router router) {
    ExpertMixture mixture =
        new ExpertMixture(2, 1, router, Scope.MODULE, Gates.RAW, 0.1, 0, 0, 0, 2, 1);
    if (router == Router.TASK) {
      mixture = mixture.withTaskNames(List.of("here", "there"));
    }
    AdapterPlan plan =
        AdapterPlan.of(
            decoder.config(), AdapterSpec.of("moe-lora").withRank(2, 4).withMixture(mixture));
    float[] values = new float[plan.layout().size()];
    Random random = new Random(5);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.6 * random.nextGaussian());
    }
    PeftDirectory.create(
        folder.resolve(name),
        new Adapter(plan, values),
        AdapterCard.of(
            LibraryVersion.RANKWISE, base(), SparkBases.source().resolve(base()).sha256()));
  }

  private static Dataset<Row> rows(List<String> kinds) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < kinds.size(); i++) {
      rows.add(RowFactory.create("w%s w%s".formatted(5 + i, 9 + i), kinds.get(i)));
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    return spark.createDataFrame(context.parallelize(rows, 1), SCHEMA);
  }
}
