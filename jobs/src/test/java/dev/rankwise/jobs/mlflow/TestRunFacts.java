package dev.rankwise.jobs.mlflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.jobs.conf.SparkSection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names and values that MLflow takes. */
final class TestRunFacts {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          loss                      | loss
          after/tasks/q & a/loss    | after/tasks/q _ a/loss
          after/../loss             | after/_/loss
          after/./loss              | after/_/loss
          a//b                      | a/_/b
          a/                        | a/_
          spark.hadoop.a:b$c        | spark.hadoop.a_b_c
          """)
  void nameIsAPathThatMeansItself(String given, String taken) {
    assertThat(RunFacts.name(given)).isEqualTo(taken);
  }

  @Test
  void longNamesAndValuesAreCut() throws IOException {
    assertThat(RunFacts.name("n".repeat(300))).hasSize(250);
    // The 499th and 500th UTF-16 unit are one letter, which may not be cut in half.
    String kept = "message <> '" + "x".repeat(486);
    String filter = kept + "\uD834\uDD1E".repeat(20) + "'";
    Path run = folder.resolve("run");
    DoneRun.write(
        run,
        "weights",
        2,
        "data.filter=" + filter,
        "data.columns={question: how, answer: why}",
        "data.labels=[low, high]",
        "data.row-format=auto");
    try (FinishedFolder opened =
        FinishedFolder.open(run.toString(), new SparkSection(new TreeMap<>())).orElseThrow()) {
      Map<String, String> parameters = RunFacts.parameters(opened);

      assertThat(parameters.get("data.filter")).isEqualTo(kept + "…");
      assertThat(parameters)
          .containsEntry("data.labels", "[low, high]")
          .containsEntry("data.columns", "{question: how, answer: why}")
          .allSatisfy((name, value) -> assertThat(value.length()).isBetween(1, 500));
      assertThat(RunFacts.tags(opened)).containsEntry("rankwise.folder", run.toString());
    }
  }
}
