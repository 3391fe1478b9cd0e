package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Golden;
import dev.rankwise.models.format.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A ViT is tuned on labelled pictures, and every command that meets it. */
@Tag("spark")
final class TestTunePictures {
  private static final int ROWS = 60;
  private static final String TEXT =
      """
      base: {model: "%s"}
      data:
        source: "%s"
        image-column: image
        test-fraction: 0.25
      adapter: {rank: 4, alpha: 8, targets: all-linear}
      train:
        batch-size: 8
        groups: 2
        micro-batch-tokens: 51
        epochs: 10
        learning-rate: 1e-2
      spark: {master: "local[2]", sql.shuffle.partitions: 2}
      """;

  @TempDir static Path shared;
  private static Path rows;
  private static Path run;

  @TempDir Path folder;

  @BeforeAll
  static void tuneOnce() throws IOException {
    rows = LightAndDark.write(shared, ROWS);
    run = shared.resolve("run");
    tune(run);
  }

  private static CommandRun tune(Path to, String... settings) throws IOException {
    Path recipe =
        Files.writeString(
            shared.resolve("recipe.yaml"), TEXT.formatted(Golden.own("models/vit"), rows));
    List<String> call = new ArrayList<>(List.of("tune", recipe.toString(), "--out", to.toString()));
    Arrays.stream(settings).forEach(setting -> call.addAll(List.of("--set", setting)));
    return CommandRun.of(call.toArray(String[]::new)).endedWith(0);
  }

  @Test
  void theAdapterLearnsAndItsBytesAreTheSameForAnyNumberOfTasks() throws IOException {
    Path alone = folder.resolve("alone");
    tune(alone, "spark.master=local[1]");

    assertThat(accuracy(run, "after")).isGreaterThan(0.9);
    assertThat(RunFolderFiles.hashes(alone.resolve("adapter"))).isEqualTo(adapter(run));
  }

  @Test
  void theReportShowsThePicturesOnWhichBothDisagree() throws IOException {
    // A head as it is drawn happens to be right about all of them; by other names it is wrong.
    Path swapped = shared.resolve("swapped.jsonl");
    Files.writeString(
        swapped,
        Files.readString(rows)
            .replace("\"label\":\"light\"", "\"label\":\"shade\"")
            .replace("\"label\":\"dark\"", "\"label\":\"light\"")
            .replace("\"label\":\"shade\"", "\"label\":\"dark\""));
    Path often = folder.resolve("often");
    tune(often, "data.source=" + swapped, "evaluate.frozen-base-learning-rate=1e-6");

    assertThat(accuracy(often, "before")).isLessThan(0.2);
    assertThat(accuracy(often, "after")).isGreaterThan(0.9);
    assertThat(Files.readString(often.resolve("report.html")))
        .contains("data:image/png;base64,", ">Picture</th>")
        .doesNotContain("&lt;image&gt;");
  }

  /** Four bits move what is learned, and nothing of what holds. */
  @Test
  void aBaseInFourBitsIsTunedMeasuredAppliedAndMerged() throws IOException {
    Path four = folder.resolve("four");
    tune(four, "base.quantization=nf4");
    Path alone = folder.resolve("alone");
    tune(alone, "base.quantization=nf4", "spark.master=local[1]");

    assertThat(accuracy(four, "after")).isGreaterThan(0.9);
    assertThat(RunFolderFiles.hashes(alone.resolve("adapter"))).isEqualTo(adapter(four));
    assertThat(adapter(four)).isNotEqualTo(adapter(run));
    assertThat(measured(four).path("after"))
        .isEqualTo(RunFolderFiles.json(four.resolve("evaluation.json")).path("after"));
    rightlyApplied(apply(four, rows, "answers.jsonl"));
    assertThat(merged(four, "merged-four").out()).contains("Logits ");
  }

  @Test
  void evaluateMeasuresTheRunsRowsAndOthers() throws IOException {
    JsonNode stored = RunFolderFiles.json(run.resolve("evaluation.json"));
    assertThat(measured(run).path("after")).isEqualTo(stored.path("after"));

    Path others = Files.createDirectory(folder.resolve("others"));
    Path named = LightAndDark.write(others, 20);
    Files.writeString(
        named,
        Files.readString(named).replace("\"label\"", "\"kind\"").replace("image\"", "shot\""));
    JsonNode measured =
        measured(run, "--data", "" + named, "--image-column", "shot", "--label-column", "kind");

    assertThat(measured.path("after").path("accuracy").doubleValue()).isGreaterThan(0.9);
    assertThat(measured.path("rows").path("test").intValue()).isEqualTo(20);
    refused(
        "Cannot use --text-column here",
        "evaluate",
        "" + run,
        "--data",
        "" + named,
        "--text-column",
        "shot");
    refused(
        "Cannot use --max-tokens here",
        "evaluate",
        "" + run,
        "--data",
        "" + named,
        "--max-tokens",
        "9");
  }

  @Test
  void applyAddsWhatItSeesAndWhyItSawNothing() throws IOException {
    rightlyApplied(apply(run, rows, "answers.jsonl", "--probability-column", "p"));

    byte[] whole = LightAndDark.file(0);
    Files.write(folder.resolve("whole.png"), whole);
    Files.write(folder.resolve("cut.png"), Arrays.copyOf(whole, 300));
    Files.write(folder.resolve("none.png"), new byte[] {1, 2, 3, (byte) 0xFF});
    Path bad =
        Files.writeString(
            folder.resolve("bad.jsonl"),
            """
            {"id":0,"image":"whole.png"}
            {"id":1,"image":null}
            {"id":2,"image":"cut.png"}
            {"id":3,"image":"../recipe.yaml"}
            {"id":4,"image":["whole.png","whole.png"]}
            {"id":5,"image":"none.png"}
            {"id":6,"image":["whole.png"]}
            """);
    List<JsonNode> answered =
        apply(run, bad, "bad-answers.jsonl", "--reason-column", "why", "--prediction-column", "is");

    assertThat(answered)
        .extracting(row -> row.path("why").asText())
        .containsExactly(
            "null",
            "MISSING_PICTURE",
            "PICTURE_TRUNCATED",
            "PICTURE_UNREADABLE",
            "PICTURE_COUNT",
            "PICTURE_OF_UNKNOWN_FORMAT",
            "null");
    assertThat(answered)
        .extracting(row -> row.path("is").asText())
        .containsExactly("light", "null", "null", "null", "null", "null", "light");
  }

  @Test
  void whatSaysNothingOfPicturesIsRefused() {
    String to = folder.resolve("to.jsonl").toString();
    refused(
        "sorts pictures into classes; name their column with --image-column",
        "apply",
        "" + run,
        "--input",
        "" + rows,
        "--to",
        to,
        "--text-column",
        "label");
    refused(
        "set --image-column to one of them",
        "apply",
        "" + run,
        "--input",
        "" + rows,
        "--to",
        to,
        "--image-column",
        "zebra");
    refused(
        "did you mean \"image\"?",
        "apply",
        "" + run,
        "--input",
        "" + rows,
        "--to",
        to,
        "--image-column",
        "imag");
    refused(
        "the table has \"label\" already; set --reason-column",
        "apply",
        "" + run,
        "--input",
        "" + rows,
        "--to",
        to,
        "--reason-column",
        "label");
  }

  @Test
  void mergedAndTunedInFullItIsAModelByItself() throws IOException {
    merged(run, "merged");
    Path merged = folder.resolve("merged");
    rightlyApplied(apply(merged, rows, "of-merged.jsonl", "--image-column", "image"));
    assertThat(
            measured(merged, "--data", "" + rows, "--image-column", "image")
                .path("after")
                .path("accuracy")
                .doubleValue())
        .isGreaterThan(0.9);
    refused(
        "nothing says which column has them; name it with --image-column",
        "evaluate",
        "" + merged,
        "--data",
        "" + rows);
    refused(
        "nothing says which column has them; name it with --image-column",
        "apply",
        "" + merged,
        "--input",
        "" + rows,
        "--to",
        "" + folder.resolve("no.jsonl"));

    Path full = folder.resolve("full");
    tune(
        full,
        "adapter.method=full",
        "adapter.rank=null",
        "adapter.alpha=null",
        "adapter.targets=null",
        "train.learning-rate=1e-3");
    rightlyApplied(apply(full, rows, "of-full.jsonl"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"padded", "stretched"})
  void picturesBecomeSquareAsInTheRun(String squaring) throws IOException {
    Path bent = folder.resolve("bent");
    tune(bent, "data.image-squaring=" + squaring, "train.max-steps=8");

    JsonNode manifest = RunFolderFiles.json(bent.resolve("data/manifest.json"));
    assertThat(manifest.path("settings").path("image-squaring").textValue()).isEqualTo(squaring);
    JsonNode figures = measured(bent, "--data", "" + rows);
    long right =
        apply(bent, rows, "answers.jsonl").stream()
            .filter(row -> row.path("prediction").equals(row.path("label")))
            .count();
    assertThat(figures.path("after").path("accuracy").doubleValue())
        .isEqualTo((double) right / ROWS);
  }

  private static double accuracy(Path of, String model) throws IOException {
    return RunFolderFiles.json(of.resolve("evaluation.json"))
        .path(model)
        .path("accuracy")
        .doubleValue();
  }

  private static SortedMap<String, String> adapter(Path of) throws IOException {
    return RunFolderFiles.hashes(of.resolve("adapter"));
  }

  private JsonNode measured(Path model, String... more) throws IOException {
    Path to = Files.createTempDirectory(folder, "figures").resolve("figures.json");
    List<String> call =
        new ArrayList<>(List.of("evaluate", model.toString(), "--to", to.toString()));
    call.addAll(List.of(more));
    CommandRun.of(call.toArray(String[]::new)).endedWith(0);
    return RunFolderFiles.json(to);
  }

  private List<JsonNode> apply(Path model, Path input, String to, String... more)
      throws IOException {
    Path table = folder.resolve(to);
    List<String> call =
        new ArrayList<>(
            List.of("apply", "" + model, "--input", "" + input, "--to", table.toString()));
    call.addAll(List.of(more));
    CommandRun.of(call.toArray(String[]::new)).endedWith(0);
    return RunFolderFiles.written(table);
  }

  private static void rightlyApplied(List<JsonNode> answered) {
    assertThat(answered).hasSize(ROWS);
    long right =
        answered.stream().filter(row -> row.path("prediction").equals(row.path("label"))).count();
    assertThat(right).isGreaterThan(ROWS * 9 / 10);
    if (answered.get(0).has("p")) {
      assertThat(answered)
          .allSatisfy(
              row ->
                  assertThat(
                          row.path("p").get(0).doubleValue() + row.path("p").get(1).doubleValue())
                      .isBetween(1 - 1e-6, 1 + 1e-6));
    }
  }

  private CommandRun merged(Path of, String name) throws IOException {
    Path merged = folder.resolve(name);
    CommandRun told =
        CommandRun.of("merge", of.toString(), "--out", merged.toString()).endedWith(0);
    try (SafetensorsFile weights = SafetensorsFile.open(merged.resolve("model.safetensors"))) {
      assertThat(weights.tensors()).containsKey("classifier.weight");
    }
    return told;
  }

  private static void refused(String why, String... call) {
    CommandRun run = CommandRun.of(call);
    assertThat(run.exitCode()).as(run.err()).isIn(2, 3);
    assertThat(run.error()).contains(why);
  }
}
