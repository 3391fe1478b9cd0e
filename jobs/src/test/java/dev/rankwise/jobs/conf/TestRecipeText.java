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
  void hashIsOfWhatIsAskedForAndNotOfPlaces() {
    String source = "data.source=s3a://user:hunter2@bucket/rows";
    Recipe recipe = Recipe.quickstart(List.of(source));
    Recipe elsewhere =
        Recipe.quickstart(
            List.of(
                source,
                "output.directory=x",
                "output.checkpoint-every-steps=3",
                "data.prepared=y",
                "tracking.mlflow=http://host:5000",
                "tracking.experiment=other",
                "spark.master=local[1]"));

    assertThat(elsewhere.sha256()).isEqualTo(recipe.sha256());
    assertThat(elsewhere.dataSha256()).isEqualTo(recipe.dataSha256());
    assertThat(Recipe.parse(recipe.toYaml(), "written", List.of()).sha256())
        .isEqualTo(recipe.sha256());
    assertThat(Recipe.quickstart(List.of(source, "adapter.dropout=0")).sha256())
        .as("a default that is written out")
        .isEqualTo(recipe.sha256());
    Recipe other = Recipe.quickstart(List.of(source, "train.seed=1"));
    assertThat(other.sha256()).isNotEqualTo(recipe.sha256());
    assertThat(other.dataSha256()).isEqualTo(recipe.dataSha256());
    Recipe shorter = Recipe.quickstart(List.of(source, "data.max-tokens=9"));
    assertThat(shorter.dataSha256()).isNotEqualTo(recipe.dataSha256());
    Recipe bfloat16 = Recipe.quickstart(List.of(source, "output.model-dtype=bfloat16"));
    assertThat(bfloat16.sha256()).isNotEqualTo(recipe.sha256());
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
