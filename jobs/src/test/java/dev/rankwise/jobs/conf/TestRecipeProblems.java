package dev.rankwise.jobs.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a user is told. */
final class TestRecipeProblems {
  private static final String START = "base: {model: minilm}\ndata: {source: rows.csv}\n";

  @Test
  void allProblemsAreToldAtOnceWithTheirLines() {
    assertThatThrownBy(
            () ->
                Recipe.parse(
                    """
                    base:
                      model: minilm
                      dtype: float16
                    data:
                      test-fraction: 0.1
                      test-rows: 5
                    trian:
                      seed: 1
                    train:
                      learnig-rate: 1e-3
                      batch-size: "8"
                      beta2: 1
                    """,
                    "conf/mine.yaml",
                    List.of("train.seed=-1", "rank")))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            """
            Cannot use recipe "conf/mine.yaml": 9 problems
            - line 3: invalid base.dtype: "float16" (must be one of float32, bfloat16); write dtype: VALUE
            - line 6: data.test-fraction and data.test-rows contradict each other; keep one and set the other to null
            - line 7: unknown key "trian"; did you mean "train"?
            - line 10: unknown key "train.learnig-rate"; did you mean "train.learning-rate"?
            - line 11: invalid train.batch-size: the text "8" (must be a whole number at least 1, and at most 2147483647); write batch-size: VALUE
            - line 12: invalid train.beta2: "1" (must be a number in [0, 1)); write beta2: VALUE
            - --set: a setting must have the form section.key=value, such as train.seed=1
            - --set: invalid train.seed: "-1" (must be a whole number at least 0, and at most 9223372036854775807); write --set train.seed=VALUE
            - data.source is missing; name the rows, such as a path, table:NAME or wordnet\
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          train.epochs: 0              | invalid train.epochs: "0" (must be a number above 0)
          train.epochs: .inf           | invalid train.epochs: ".inf" (must be a number above 0)
          train.epochs: 1e999          | invalid train.epochs: "1e999" (must be a number above 0)
          train.epochs: [1]            | invalid train.epochs: a list (must be a number above 0)
          train.batch-size: 1.5        | invalid train.batch-size: "1.5" (must be a whole number at
          train.batch-size: 3000000000 | invalid train.batch-size: "3000000000" (must be a whole number
          train.groups: 5000           | invalid train.groups: "5000" (must be a whole number in [1, 4096]); write
          adapter.use-rslora: yes      | invalid adapter.use-rslora: "yes" (must be true or false)
          adapter.method: dorra        | invalid adapter.method: "dorra" (must be one of lora, dora, adalora, moe-lora, ia3, vora, full, none)
          adapter.layers: [0, -1]      | invalid adapter.layers: a list (must be a list of whole numbers
          adapter.modules-to-save: a   | invalid adapter.modules-to-save: "a" (must be a list such as
          adapter.modules-to-save: [~] | invalid adapter.modules-to-save: a list (must be a list such as
          adapter.rank-pattern: {a: 0} | invalid adapter.rank-pattern: a map (must be a map such as
          adapter.alpha-pattern: 3     | invalid adapter.alpha-pattern: "3" (must be a map such as
          adapter.targets: {a: b}      | invalid adapter.targets: a map (must be a list such as
          data.text-column: ''         | invalid data.text-column: the text "" (must be a text that
          data.text-column: [a]        | invalid data.text-column: a list (must be a text that is not
          data.max-tokens: 2           | invalid data.max-tokens: "2" (must be a whole number in [3,
          train.schedule: cosine_with_min_lr | invalid train.schedule: "cosine_with_min_lr" (must be one
          spark: {a: [1, 2]}           | invalid spark.a: a list (must be a text, a number, true or false)
          """)
  void aValueOfTheWrongKindIsNamedWithItsRule(String line, String message) {
    assertThatThrownBy(() -> Recipe.parse(START + line + "\n", "a.yaml", List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot use recipe \"a.yaml\": line 3: " + message);
  }

  @Test
  void moreExpertsThanThereAreAreRefused() {
    assertThatThrownBy(() -> Recipe.parse(START + "adapter.top-k: 9\n", "a.yaml", List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot use recipe \"a.yaml\": Invalid top_k: 9 of 8 experts (must be at least 1 and at"
                + " most their number)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          train: {lerning-rate: 1}   | unknown key "train.lerning-rate"; did you mean "train.learning-rate"?
          train: {rank: 1}           | unknown key "train.rank"; did you mean "adapter.rank"?
          rank: 8                    | unknown key "rank"; did you mean "adapter.rank"?
          learning-rat: 8            | unknown key "learning-rat"; did you mean "train.learning-rate"?
          lora_alfa: 8               | unknown key "lora_alfa"; did you mean "adapter.alpha"?
          train: {lora_r: 8}         | unknown key "train.lora_r"; did you mean "adapter.rank"?
          adaptor: {rank: 8}         | unknown key "adaptor"; did you mean "adapter"?
          adaptor.rank: 8            | unknown key "adaptor.rank"; did you mean "adapter.rank"?
          trian.epoch: 8             | unknown key "trian.epoch"; did you mean "train.epochs"?
          something-else-entirely: 8 | unknown key "something-else-entirely"; docs/recipe.md lists the keys
          there.is.nothing: 8        | unknown key "there.is.nothing"; docs/recipe.md lists the keys
          train.zzzzzzzzz: 8         | unknown key "train.zzzzzzzzz"; docs/recipe.md lists the keys
          """)
  void anUnknownKeyIsAnsweredWithTheNearestKnownOne(String line, String message) {
    assertThatThrownBy(() -> Recipe.parse(START + line + "\n", "a.yaml", List.of()))
        .hasMessage("Cannot use recipe \"a.yaml\": line 3: " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          data.test-fraction=0.1 data.train-rows=5         | data.test-fraction and data.train-rows contradict
          data.test-fraction=0 data.evaluation-source=b.csv | data.test-fraction and data.evaluation-source
          data.test-rows=5 data.evaluation-source=b.csv    | data.test-rows and data.evaluation-source
          train.warmup-steps=5 train.warmup-fraction=0.5   | train.warmup-fraction and train.warmup-steps
          adapter.method=adalora adapter.use-dora=true     | adapter.use-dora makes dora of method lora and of experts, and method adalora
          data.key-column=text                             | Invalid columns: text "text", label "label"
          data.labels=[one,one]                            | --set: data.labels names "one" more than once
          data.labels=[one]                                | Cannot learn classes from rows with one label
          data.source=hf:org/rows                          | Cannot read rows from "hf:org/rows"
          data.source=wordnet data.format=csv              | Invalid data format "csv" for "wordnet"
          data.evaluation-source=hf:org/rows               | Cannot read rows from "hf:org/rows"
          adapter.targets=(                                | Invalid regular expression "("
          adapter.targets=.* adapter.layers=[1]            | --set: adapter.layers needs a list in adapter.targets, not
          adapter.layers-pattern=[layer]                   | --set: adapter.layers-pattern needs adapter.layers
          adapter.method=adalora adapter.target-rank=8     | --set: adapter.target-rank is 8 and adapter.rank 8 (adalora starts at the second
          adapter.method=adalora adapter.rank=1            | --set: adapter.target-rank is 1 and adapter.rank 1
          tracking.mlflow=mlflow:5000                      | --set: tracking.mlflow: "mlflow:5000" is no address of an MLflow server (must be
          tracking.mlflow=http://h:5000?a=b                | "http://h:5000?a=b" is no address of an MLflow server
          tracking.mlflow=http://h tracking.model=a/b      | --set: tracking.model: MLflow takes no "a/b" as a model's name
          tracking.mlflow=http://h nightly.model=a:b       | --set: tracking.model: MLflow takes no "a:b" as a model's name
          evaluate.patience=2                              | --set: evaluate.patience needs evaluate.every-steps beside it; give both or neither
          """)
  void keysThatDoNotGoTogetherAreNamed(String sets, String message) {
    assertThatThrownBy(() -> Recipe.parse(START, "a.yaml", List.of(sets.split(" "))))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot use recipe \"a.yaml\": ")
        .hasMessageContaining(message);
  }

  @Test
  void whatContradictsAnotherKeyIsNamedAsItIsWrittenWithItsLine() {
    assertThatThrownBy(
            () ->
                Recipe.parse(
                    START + "data.labels: [a, b, a, a]\nadapter: {targets: .*, layers: [1]}\n",
                    "a.yaml",
                    List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            """
            Cannot use recipe "a.yaml": 2 problems
            - line 3: data.labels names "a" more than once; name each once
            - line 4: adapter.layers needs a list in adapter.targets, not the expression ".*"; list the modules, or name the layers in the expression and leave adapter.layers out\
            """);
  }

  @Test
  void layersGoWithAllLinearModules() {
    assertThat(
            Recipe.parse(
                    START + "adapter: {targets: All-Linear, layers: [1], layers-pattern: [layer]}",
                    "a.yaml",
                    List.of())
                .adapter()
                .spec()
                .layers())
        .containsExactly(1);
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThatThrownBy(() -> Recipe.parse("", "empty.yaml", List.of()))
        .hasMessage(
            """
            Cannot use recipe "empty.yaml": 2 problems
            - base.model is missing; name a base, such as minilm or a folder
            - data.source is missing; name the rows, such as a path, table:NAME or wordnet\
            """);
  }

  @Test
  void anExampleLongerThanTheBaseTakesIsRefused() {
    Recipe recipe = Recipe.parse(START, "a.yaml", List.of("data.max-tokens=600"));

    assertThatThrownBy(() -> recipe.data().preparation(512))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid data.max-tokens: 600 (must be at most the 512 positions of the base); lower it"
                + " or leave it out");
  }

  @Test
  void aSectionMustHoldKeys() {
    assertThatThrownBy(() -> Recipe.parse(START + "train: 5\n", "a.yaml", List.of()))
        .hasMessageEndingWith(
            "line 3: section \"train\" must hold keys, one a line; indent them below it");
    assertThat(Recipe.parse(START + "train:\nadapter:\n", "a.yaml", List.of()).notes()).isEmpty();
  }

  @Test
  void aRecipeMustBeAMap() {
    assertThatThrownBy(() -> Recipe.parse("[1, 2]", "a.yaml", List.of()))
        .hasMessage(
            "Cannot use recipe \"a.yaml\": a recipe must be a map of sections, but this is a list;"
                + " start with \"base:\"");
  }

  @Test
  void aKeyGivenInTwoPlacesIsRefused() {
    assertThatThrownBy(() -> Recipe.parse(START + "base.model: other\n", "a.yaml", List.of()))
        .hasMessageEndingWith(
            "line 3: base.model is given as base.model and, in line 1, as base.model; keep one of"
                + " them");
    assertThatThrownBy(
            () ->
                Recipe.parse(
                    START + "spark:\n  master: a\n  spark.master: b\n", "a.yaml", List.of()))
        .hasMessageContaining("spark.master is given as spark.spark.master and, in line 4,");
  }

  @Test
  void secretsAreNeverEchoed() {
    assertThatThrownBy(
            () ->
                Recipe.parse(
                    """
                    base: {dtype: "hf_hunter2hunter2"}
                    data: {format: "s3a://me:hunter2@bucket", source: "hf:x"}
                    train: {schedule: "password=hunter2"}
                    spark: {hadoop.fs.s3a.secret.key: [hunter2]}
                    password: hunter2
                    """,
                    "a.yaml",
                    List.of("train.epochs=hunter2=", "spark.password=hunter2")))
        .satisfies(
            failure ->
                assertThat(failure.getMessage().replace("epochs: \"hunter2=\"", ""))
                    .doesNotContain("hunter2"))
        .hasMessageContaining("(redacted)");
  }

  @Test
  void passwordOfADatabaseDoesNotBelongIntoARecipe() {
    assertThatThrownBy(
            () ->
                Recipe.parse(
                    """
                    base: {model: minilm}
                    data: {source: "jdbc:postgresql://me:hunter2@db/shop#t"}
                    spark: {rankwise.jdbc.password: hunter2}
                    """,
                    "a.yaml",
                    List.of()))
        .hasMessageContaining("leave spark.rankwise.jdbc.password out, and set RANKWISE_JDBC_PASS")
        .hasMessageContaining("Invalid address of a database: it holds a user's password")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void aValueIsShownInOneBearableLine() {
    assertThatThrownBy(
            () ->
                Recipe.parse(
                    START + "train: {epochs: \"\\e[31m\\n" + "x".repeat(500) + "\"}",
                    "a.yaml",
                    List.of()))
        .satisfies(
            failure -> assertThat(failure.getMessage()).contains("?[31m?xxx").hasSizeLessThan(300));
  }

  @Test
  void settingsOfTheCommandLineAreTextsAsTheyStandOrYaml() {
    Recipe recipe =
        Recipe.parse(
            START,
            "a.yaml",
            List.of(
                "data.source=sql:SELECT a, b: c FROM t # x",
                "data.text-column=\"a b\"",
                "data.labels=[a, 'b c']",
                "adapter.rank-pattern={x: 4}",
                "train.seed = 3",
                "train.seed=4",
                "data.key-column=null",
                "spark.master=local[*]"));

    assertThat(recipe.data().source()).isEqualTo("sql:SELECT a, b: c FROM t # x");
    assertThat(recipe.data().columns().text()).isEqualTo("a b");
    assertThat(recipe.data().columns().isKeyed()).isFalse();
    assertThat(recipe.data().labels()).containsExactly("a", "b c");
    assertThat(recipe.adapter().spec().rankPattern()).containsEntry("x", 4);
    assertThat(recipe.train().seed()).isEqualTo(4);
    assertThat(recipe.spark().settings()).containsEntry("spark.master", "local[*]");
  }

  @Test
  void aSettingThatIsNotYamlIsRefused() {
    assertThatThrownBy(() -> Recipe.parse(START, "a.yaml", List.of("data.labels=[a", "=1")))
        .hasMessageContaining(
            "--set: the value of data.labels is not YAML; write it as in a recipe, and quote it for"
                + " the shell")
        .hasMessageContaining("--set: a setting must have the form section.key=value");
  }

  @Test
  void nullTakesBackWhatTheFileSays() {
    Recipe recipe =
        Recipe.parse(
            START + "train: {warmup-steps: 5}\n",
            "a.yaml",
            List.of("train.warmup-steps=null", "train.warmup-fraction=0.5", "spark.x=null"));

    assertThat(recipe.train().settings().warmUp().fraction()).isEqualTo(0.5);
    assertThat(recipe.spark().settings()).isEmpty();
  }

  @Test
  void aFileThatIsNotThereOrNotTextIsRefused(@TempDir Path folder) throws IOException {
    Path missing = folder.resolve("missing.yaml");
    assertThatThrownBy(() -> Recipe.read(missing, List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot read recipe \"")
        .hasMessageEndingWith(": there is no such file; name a YAML file that can be read");
    assertThatThrownBy(() -> Recipe.read(folder, List.of()))
        .hasMessageEndingWith(": it cannot be opened; name a YAML file that can be read");

    Path broken = folder.resolve("broken.yaml");
    Files.write(broken, new byte[] {'a', ':', ' ', (byte) 0xc3, '\n'});
    assertThatThrownBy(() -> Recipe.read(broken, List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessageEndingWith(": it is not UTF-8; save it in that encoding");

    Path large = folder.resolve("large.yaml");
    Files.writeString(large, "# " + "x".repeat(10_000_000), StandardCharsets.UTF_8);
    assertThatThrownBy(() -> Recipe.read(large, List.of()))
        .hasMessageEndingWith(
            "4194305 characters are too long for a recipe (must be at most 1048576); name data by"
                + " its path");
  }
}
