package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arguments: what is wrong with them, and nothing of what may be secret among them. */
final class TestRankwise {
  @TempDir Path folder;

  @Test
  void unknownVerbNamesTheNearestOne() {
    CommandRun run = CommandRun.of("tuna").endedWith(2);

    assertThat(run.error())
        .startsWith("Unknown verb: \"tuna\" (must be one of quickstart, doctor, validate, ")
        .endsWith("); did you mean \"tune\"?; see rankwise --help");
    assertThat(CommandRun.of("tnue", "x").endedWith(2).error()).contains("did you mean \"tune\"?");
    assertThat(run.err().lines()).hasSize(1);
  }

  @Test
  void missingVerbIsTold() {
    assertThat(CommandRun.of().endedWith(2).error()).contains("see rankwise --help");
  }

  @Test
  void missingOptionIsNamed() {
    CommandRun run = CommandRun.of("forward", "minilm", "--inputs", "in").endedWith(2);

    assertThat(run.error())
        .isEqualTo("Missing required option: '--to=FILE'; see rankwise forward --help");
  }

  @Test
  void missingRecipeIsNamed() {
    assertThat(CommandRun.of("tune").endedWith(2).error()).contains("'RECIPE'");
  }

  @Test
  void recipeThatDoesNotExistIsTold() {
    assertThat(CommandRun.of("tune", folder + "/none.yaml").endedWith(2).error())
        .isEqualTo(
            "Cannot read recipe \"%s/none.yaml\": there is no such file; name a YAML file that can be"
                    .formatted(folder)
                + " read");
  }

  @Test
  void secretBesideAMistypedOptionIsNotEchoed() {
    CommandRun run =
        CommandRun.of("tune", "r.yaml", "--sett", "spark.hadoop.fs.s3a.secret.key=canary-93");

    assertThat(run.endedWith(2).error())
        .contains("--sett", "did you mean --set")
        .contains("secret.key=(redacted)");
    assertThat(run.err()).doesNotContain("canary-93");
  }

  @Test
  void helpNamesEveryVerb() {
    assertThat(CommandRun.of("--help").endedWith(0).out())
        .contains(
            "quickstart",
            "validate",
            "preview",
            "prepare",
            "tune",
            "evaluate",
            "apply",
            "inspect",
            "targets",
            "forward");
  }

  @Test
  void versionIsThatOfTheBuild() {
    assertThat(CommandRun.of("--version").endedWith(0).out())
        .matches("rankwise \\d+\\.\\d+\\.\\d+\\R");
  }

  @Test
  void countOfExamplesHasLimits() {
    for (String count : new String[] {"0", "1001"}) {
      assertThat(CommandRun.of("preview", "r.yaml", "--examples", count).endedWith(2).error())
          .isEqualTo("Invalid --examples: " + count + " (must be in [1, 1000])");
    }
  }

  @Test
  void unknownElementTypeIsRefused() {
    CommandRun run =
        CommandRun.of("forward", "minilm", "--inputs", "i", "--to", "o", "--dtype", "float16");

    assertThat(run.endedWith(2).error())
        .isEqualTo("Invalid --dtype: \"float16\" (must be float32 or bfloat16)");
  }

  @Test
  void unknownKeyOfTheRecipeNamesTheNearestOne() throws Exception {
    Path recipe =
        Files.writeString(
            folder.resolve("r.yaml"),
            "base: {model: minilm}\ndata: {source: rows.csv}\ntrain: {lerning-rate: 1}\n");

    CommandRun run = CommandRun.of("validate", recipe.toString()).endedWith(2);

    assertThat(run.err()).contains("train.lerning-rate").contains("train.learning-rate");
    assertThat(run.err()).doesNotContain("Details:");
  }

  @Test
  void runFolderMustBeNamed() throws Exception {
    Path recipe =
        Files.writeString(
            folder.resolve("r.yaml"), "base: {model: minilm}\ndata: {source: rows.csv}\n");

    assertThat(CommandRun.of("tune", recipe.toString()).endedWith(2).error())
        .isEqualTo("No run folder is named; give --out DIR, or output.directory in the recipe");
  }

  @Test
  void quickstartTakesSettings() {
    // Told before anything is read.
    CommandRun run = CommandRun.of("quickstart", "--out", "nosuch://bucket/run").endedWith(2);

    assertThat(run.error())
        .isEqualTo(
            "Cannot use nosuch://bucket/run as a run folder: No FileSystem for scheme \"nosuch\";"
                + " name a path, or a folder of HDFS or an object store that Spark can reach, with"
                + " --out");
  }
}
