package dev.rankwise.jobs.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A recipe written in full is the same recipe. */
final class TestRecipeText {
  private static final Path CONF = Path.of("..", "conf");

  @ParameterizedTest
  @ValueSource(strings = {"quickstart.yaml", "classify-csv.yaml", "classify-table.yaml"})
  void whatIsWrittenReadsAsTheSame(String file) {
    Recipe recipe = Recipe.read(CONF.resolve(file), List.of("train.epsilon=3e-9"));

    Recipe again = Recipe.parse(recipe.toYaml(), "again", List.of());

    assertThat(again.toYaml()).isEqualTo(recipe.toYaml());
    assertThat(again.base()).isEqualTo(recipe.base());
    assertThat(again.data()).isEqualTo(recipe.data());
    assertThat(again.adapter()).isEqualTo(recipe.adapter());
    assertThat(again.train()).isEqualTo(recipe.train());
    assertThat(again.evaluate()).isEqualTo(recipe.evaluate());
    assertThat(again.output()).isEqualTo(recipe.output());
    assertThat(again.spark()).isEqualTo(recipe.spark());
  }

  @Test
  void everyKeyIsWritten() {
    String text = Recipe.quickstart(List.of()).toYaml();

    assertThat(RecipeKeys.all())
        .allSatisfy(key -> assertThat(text).contains("\n  " + key.shortName() + ": "));
    assertThat(text)
        .startsWith(
            "base:\n  model: minilm\n  dtype: float32\n  quantization: none\ndata:\n  source: wordnet\n")
        .contains("\n  test-fraction: null\n", "\n  targets: [query, key, value, ")
        .endsWith("\nspark: {}\n");
  }

  @Test
  void whatADefaultResolvedToIsWritten() {
    String text =
        Recipe.parse("base: {model: minilm}\ndata: {source: a.csv}", "small", List.of()).toYaml();

    assertThat(text).contains("\n  test-fraction: 0.1\n", "\n  warmup-fraction: 0.06\n");
  }

  @Test
  void secretsAreLeftOut() {
    Recipe recipe =
        Recipe.parse(
            """
            base: {model: minilm}
            data:
              source: s3a://user:hunter2@bucket/rows
              evaluation-source: "sql:SELECT * FROM jdbc(password = 'hunter2', x)"
            spark:
              hadoop.fs.s3a.secret.key: hunter2
              hadoop.fs.s3a.access.key: hunter2
              ssl.keyStorePassword: hunter2
              some.url: jdbc:db://host/x?user=me&password=hunter2
              executor.memory: 1g
            """,
            "secret.yaml",
            List.of());

    assertThat(recipe.spark().settings()).containsEntry("spark.ssl.keyStorePassword", "hunter2");
    assertThat(recipe.toYaml())
        .doesNotContain("hunter2")
        .contains(
            "  source: \"s3a://bucket/rows\"\n",
            "password = (redacted), x)\"\n",
            "  hadoop.fs.s3a.secret.key: \"(redacted)\"\n",
            "  executor.memory: \"1g\"\n",
            "&password=(redacted)\"\n");
    assertThat(recipe.spark().toString()).doesNotContain("hunter2");
    assertThat(recipe.settingsThatDecideBits().toString()).doesNotContain("hunter2");
  }
}
