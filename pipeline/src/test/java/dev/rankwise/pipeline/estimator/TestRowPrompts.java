package dev.rankwise.pipeline.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.tokenizer.WordList;
import dev.rankwise.pipeline.LocalSession;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole decoder goes on after rows of training data, without their answers. */
@Tag("spark")
final class TestRowPrompts {
  @TempDir static Path folder;

  private static SparkSession spark;
  private static String base;

  @BeforeAll
  static void start() throws IOException {
    spark = LocalSession.start("local[1]");
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 3);
    WordList.write(decoder.directory().directory(), 29);
    base = decoder.directory().directory().toString();
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ReplicaHolder.ofThisJvm().closeIdle();
  }

  @Test
  void anInstructionIsPutAsTheTextThatItIs() {
    Dataset<Row> rows =
        spark.sql(
            "SELECT * FROM VALUES (1, 'w5 w6', 'w7 w8'), (2, 'w9', NULL), (3, ' ', 'x'),"
                + " (4, CAST(NULL AS STRING), 'x') AS t(id, question, output)");

    List<Row> found =
        model()
            .setRowFormat("alpaca")
            .setRowColumns(new String[] {"instruction=question"})
            .transform(rows)
            .collectAsList();

    List<Row> texts = model().setPromptCol("question").transform(rows).collectAsList();
    assertThat(found.subList(0, 2)).isEqualTo(texts.subList(0, 2));
    assertThat(finishes(found).subList(2, 4)).containsExactly("prompt-empty", "prompt-empty");
    assertThat(found.get(0).schema().fieldNames())
        .containsExactly("id", "question", "output", "generated", "finish");
  }

  @Test
  void turnsAreAnsweredUpToTheAnswerTheyHave() {
    String turns =
        "SELECT from_json(t, 'array<struct<role string, content string>>') AS messages, t FROM"
            + " VALUES ('[{\"role\":\"user\",\"content\":\"w5 w6\"},"
            + "{\"role\":\"assistant\",\"content\":\"w7\"}]'),"
            + " ('[{\"role\":\"user\",\"content\":\"w9\"}]') AS v(t)";
    Dataset<Row> rows = spark.sql(turns);

    List<Row> structs = model().setRowFormat("messages").transform(rows).collectAsList();

    List<Row> texts =
        model()
            .setRowFormat("messages")
            .setRowColumns(new String[] {"messages=t"})
            .transform(rows)
            .collectAsList();
    assertThat(structs).isEqualTo(texts);
    Dataset<Row> prompts = spark.sql("SELECT * FROM VALUES ('w5 w6'), ('w9') AS v(prompt)");
    assertThat(generated(structs)).isEqualTo(generated(model().transform(prompts).collectAsList()));
  }

  @Test
  void rowsThatMakeNoConversationSayWhy() {
    Dataset<Row> rows =
        spark.sql(
            "SELECT * FROM VALUES ('[]'), ('no list'),"
                + " ('[{\"role\":\"assistant\",\"content\":\"w5\"}]'),"
                + " ('[{\"role\":\"user\",\"content\":\"w5\"},{\"role\":\"tool\",\"content\":\"x\"}]')"
                + " AS v(messages)");

    List<Row> found = model().setRowFormat("messages").transform(rows).collectAsList();

    assertThat(finishes(found))
        .containsExactly(
            "prompt-empty", "prompt-malformed", "prompt-malformed", "prompt-without-place");
    assertThat(generated(found)).containsOnlyNulls();
  }

  @Test
  void formsAndColumnsThatThereAreNotAreRefused() {
    Dataset<Row> rows = spark.sql("SELECT 'a' AS instruction, 1 AS messages");

    assertThatThrownBy(() -> model().setRowFormat("klingon").transform(rows))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith(
            "Invalid rowFormat: \"klingon\" (must be one of messages, sharegpt");
    assertThatThrownBy(() -> alpaca("question=a").transform(rows))
        .hasMessage(
            "Invalid rowColumns: rows of the form \"alpaca\" have no \"question\" (must be among"
                + " instruction, output and input, system)");
    assertThatThrownBy(() -> alpaca("instruction").transform(rows))
        .hasMessage("Invalid rowColumns: \"instruction\" (must be NAME=COLUMN)");
    assertThatThrownBy(() -> alpaca("instruction=b").transform(rows))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot find column \"b\"");
    assertThatThrownBy(() -> model().setRowFormat("messages").transform(rows))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("its type is int (must be a string or a list of turns)");
    assertThatThrownBy(() -> model().setChatFormat("none").setRowFormat("alpaca").transform(rows))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("no chat format says how; name one of chatml");
  }

  @Test
  void aWholeModelIsNotSaved() {
    assertThatThrownBy(() -> model().save(folder.resolve("saved").toString()))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("it is whole, with no adapter beside it");
    assertThatThrownBy(() -> AdapterClassifierModel.fromModel(base))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("has no classes (it ends in no classifier)");
    assertThatThrownBy(() -> AdapterGeneratorModel.fromModel("minilm"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot predict tokens with a base of architecture BertModel");
  }

  private static AdapterGeneratorModel alpaca(String column) {
    return model().setRowFormat("alpaca").setRowColumns(new String[] {column});
  }

  private static AdapterGeneratorModel model() {
    return AdapterGeneratorModel.fromModel(base).setChatFormat("plain").setMaxNewTokens(4);
  }

  private static List<String> generated(List<Row> rows) {
    return Arrays.asList(
        rows.stream().map(row -> row.<String>getAs("generated")).toArray(String[]::new));
  }

  private static List<String> finishes(List<Row> rows) {
    return rows.stream().map(row -> row.<String>getAs("finish")).toList();
  }
}
