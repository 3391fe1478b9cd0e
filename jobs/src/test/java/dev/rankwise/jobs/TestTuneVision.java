package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Golden;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.pipeline.checkpoint.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A decoder learns to see from rows with pictures, and every command that meets it. */
@Tag("spark")
final class TestTuneVision {
  private static final int ROWS = 60;
  private static final Path CONF = Path.of("..", "conf", "vora-icons.yaml");
  private static final String BASE = Path.of("..", "models", "dictionary").toString();

  @TempDir Path folder;
  private Path source;

  @BeforeEach
  void write() throws IOException {
    source = LightAndDark.write(folder, ROWS);
  }

  /** The recipe of the icons on these rows, with a small teacher, in seconds. */
  private List<String> call(Path run, String... more) {
    List<String> arguments = new ArrayList<>(List.of("tune", CONF.toString(), "--out", "" + run));
    List<String> settings =
        new ArrayList<>(
            List.of(
                "base.model=" + BASE,
                "data.source=" + source,
                "data.test-fraction=0.25",
                "adapter.teacher=" + Golden.given("models").resolve("vit"),
                "adapter.rank=8",
                "train.batch-size=8",
                "train.epochs=40",
                "train.learning-rate=2e-3",
                "spark.master=local[2]",
                "spark.sql.shuffle.partitions=2"));
    settings.addAll(List.of(more));
    settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
    return arguments;
  }

  private void tune(Path run, String... more) {
    CommandRun.of(call(run, more).toArray(String[]::new)).endedWith(0);
  }

  @Test
  void isTunedBesideATeacherMeasuredAskedAppliedAndMerged() throws IOException {
    Path run = folder.resolve("run");
    tune(run);

    JsonNode result = RunFolderFiles.json(run.resolve("result.json"));
    JsonNode evaluation = result.path("evaluation");
    assertThat(evaluation.path("after").path("token_accuracy").doubleValue()).isGreaterThan(0.9);
    assertThat(evaluation.path("before").path("token_accuracy").doubleValue()).isLessThan(0.6);
    List<JsonNode> steps = RunFolderFiles.jsonLines(run.resolve("metrics.jsonl"));
    assertThat(steps.get(0).path("distillation_loss").doubleValue()).isBetween(0.5, 1.5);
    assertThat(steps.get(steps.size() - 1).path("distillation_loss").doubleValue())
        .isLessThan(steps.get(0).path("distillation_loss").doubleValue());
    assertThat(Files.readString(run.resolve("report.html")))
        .contains("data:image/png;base64,", "&lt;image&gt;");
    theFolderHoldsWhatLoadingNeeds(run.resolve("adapter"));

    Path again = folder.resolve("again");
    tune(again, "spark.master=local[1]");
    assertThat(weights(again.resolve("adapter"))).isEqualTo(weights(run.resolve("adapter")));

    Path figures = folder.resolve("figures.json");
    CommandRun.of("evaluate", run.toString(), "--to", figures.toString()).endedWith(0);
    assertThat(RunFolderFiles.json(figures).path("after").path("perplexity"))
        .isEqualTo(evaluation.path("after").path("perplexity"));
    asked(run);
    applied(run);
    merged(run);
  }

  private static SortedMap<String, String> weights(Path adapter) throws IOException {
    SortedMap<String, String> hashes = RunFolderFiles.hashes(adapter);
    hashes.keySet().removeIf(name -> !name.endsWith(".safetensors"));
    assertThat(hashes).hasSize(2);
    return hashes;
  }

  private static void theFolderHoldsWhatLoadingNeeds(Path adapter) throws IOException {
    assertThat(adapter.resolve("distillation_heads.safetensors")).doesNotExist();
    JsonNode vision = RunFolderFiles.json(adapter.resolve("vora_config.json"));
    assertThat(vision.path("image_size").intValue()).isEqualTo(16);
    assertThat(vision.path("distilled_blocks").intValue()).isZero();
    JsonNode peft = RunFolderFiles.json(adapter.resolve("adapter_config.json"));
    assertThat(peft.path("layers_to_transform")).hasSize(2);
    assertThat(peft.path("lora_alpha").intValue()).isEqualTo(peft.path("r").intValue());
    assertThat(RunFolderFiles.json(adapter.resolve("preprocessor_config.json")).path("image_mean"))
        .hasSize(3);
    try (SafetensorsFile weights =
        SafetensorsFile.open(adapter.resolve("adapter_model.safetensors"))) {
      assertThat(weights.tensors()).hasSize(2 * 2 * 7);
    }
  }

  private void asked(Path run) {
    for (int row = 0; row < 2; row++) {
      CommandRun answer =
          CommandRun.of(
              "generate",
              run.toString(),
              "--image",
              LightAndDark.picture(folder, row).toString(),
              "--prompt",
              "it is",
              "--max-new-tokens",
              "1");
      assertThat(answer.endedWith(0).out().strip()).isEqualTo(row == 0 ? "light" : "dark");
    }
    assertThat(
            CommandRun.of("generate", run.toString(), "--prompt", "<image>it is")
                .endedWith(2)
                .error())
        .contains("marks 1 places for pictures with <image>, and has 0 pictures");
    assertThat(
            CommandRun.of(
                    "generate",
                    run.toString(),
                    "--adapter",
                    "base",
                    "--image",
                    LightAndDark.picture(folder, 0).toString(),
                    "--prompt",
                    "it is")
                .endedWith(2)
                .error())
        .contains("Cannot show the pictures of prompt 1 to the model for output \"base\"");
  }

  private void applied(Path run) throws IOException {
    Path table = folder.resolve("answers.jsonl");
    CommandRun.of(
            "apply",
            run.toString(),
            "--input",
            folder.resolve("rows.jsonl").toString(),
            "--to",
            table.toString(),
            "--max-new-tokens",
            "1")
        .endedWith(0);
    assertThat(RunFolderFiles.written(table))
        .hasSize(ROWS)
        .allSatisfy(
            row ->
                assertThat(row.path("generated").textValue().strip())
                    .isEqualTo(row.path("completion").textValue().strip()));
  }

  private void merged(Path run) throws IOException {
    Path merged = folder.resolve("merged");
    CommandRun.of("merge", run.toString(), "--out", merged.toString()).endedWith(0);
    CommandRun answer =
        CommandRun.of(
            "generate",
            merged.toString(),
            "--adapter",
            "seeing=" + merged.resolve("vision"),
            "--image",
            LightAndDark.picture(folder, 1).toString(),
            "--prompt",
            "<image>it is",
            "--chat-format",
            "plain",
            "--max-new-tokens",
            "1");
    assertThat(answer.endedWith(0).out()).contains("dark");
    assertThat(merged.resolve("vision/preprocessor_config.json")).exists();
  }

  @Test
  void withoutATeacherItLearnsFromAnswersAlone() throws IOException {
    Path run = folder.resolve("run");
    tune(
        run,
        "adapter.teacher=null",
        "adapter.image-side=16",
        "adapter.image-patch=4",
        "adapter.image-layers=1",
        "adapter.image-attention=causal",
        "train.epochs=1");

    JsonNode step = RunFolderFiles.jsonLines(run.resolve("metrics.jsonl")).get(0);
    assertThat(step.has("distillation_loss")).isFalse();
    JsonNode vision = RunFolderFiles.json(run.resolve("adapter/vora_config.json"));
    assertThat(vision.path("image_attention").textValue()).isEqualTo("causal");
    assertThat(vision.path("intermediate_size").intValue()).isEqualTo(192);
  }

  /** Four bits move what is learned, and nothing of what holds. */
  @Test
  @Tag("long")
  void onABaseInFourBitsItLearnsToSeeToo() throws IOException {
    String four = "base.quantization=nf4";
    Path run = folder.resolve("run");
    tune(run, four);
    Path again = folder.resolve("again");
    tune(again, four, "spark.master=local[1]");

    JsonNode evaluation = RunFolderFiles.json(run.resolve("evaluation.json"));
    assertThat(evaluation.path("after").path("token_accuracy").doubleValue()).isGreaterThan(0.9);
    assertThat(weights(again.resolve("adapter"))).isEqualTo(weights(run.resolve("adapter")));
    Path figures = folder.resolve("figures.json");
    CommandRun.of("evaluate", run.toString(), "--to", figures.toString()).endedWith(0);
    assertThat(RunFolderFiles.json(figures).path("after").path("perplexity"))
        .isEqualTo(evaluation.path("after").path("perplexity"));
    applied(run);
    merged(run);
  }

  @Test
  @Tag("long")
  void killedWhileItLearnsToSeeAndStartedAgainItGivesTheSameBytes() throws Exception {
    String[] settings = {
      "train.epochs=12", "output.checkpoint-every-steps=2", "evaluate.frozen-base=false"
    };
    Path calm = folder.resolve("calm");
    tune(calm, settings);
    Path run = folder.resolve("run");
    try (TuneProcess tune = TuneProcess.start(folder, call(run, settings))) {
      tune.waitForFirstStep();
      while (tune.process().isAlive() && reached(run) < 4) {
        Thread.sleep(10);
      }
      assertThat(tune.process().isAlive()).as("it is killed while it trains").isTrue();
      tune.process().destroyForcibly().waitFor();
    }
    assertThat(run.resolve("adapter")).doesNotExist();

    CommandRun last = CommandRun.of(call(run, settings).toArray(String[]::new)).endedWith(0);

    assertThat(last.out()).contains("going on after step ");
    assertThat(
            RunFolderFiles.json(run.resolve("result.json")).path("resumed_after_step").intValue())
        .isGreaterThanOrEqualTo(4);
    assertThat(weights(run.resolve("adapter"))).isEqualTo(weights(calm.resolve("adapter")));
    List<JsonNode> steps = RunFolderFiles.jsonLines(run.resolve("metrics.jsonl"));
    List<JsonNode> calmSteps = RunFolderFiles.jsonLines(calm.resolve("metrics.jsonl"));
    assertThat(steps).hasSameSizeAs(calmSteps);
    for (int i = 0; i < steps.size(); i++) {
      assertThat(steps.get(i).path("distillation_loss"))
          .isEqualTo(calmSteps.get(i).path("distillation_loss"));
    }
  }

  /** The newest step of which there is a checkpoint. */
  private static int reached(Path run) throws IOException {
    return new LocalStorage(run.resolve("checkpoints"))
        .list("").stream()
            .filter(name -> name.startsWith("term-"))
            .mapToInt(name -> Integer.parseInt(name.substring(name.lastIndexOf('-') + 1)))
            .max()
            .orElse(-1);
  }

  /** What is wrong with a row's pictures is counted; it ends neither a run nor a job. */
  @Test
  void rowsThatCannotBeSeenAreCounted() throws IOException {
    byte[] vast = LightAndDark.file(0);
    ByteBuffer.wrap(vast).putInt(16, 60_000).putInt(20, 60_000);
    CRC32 sum = new CRC32();
    sum.update(vast, 12, 17);
    ByteBuffer.wrap(vast).putInt(29, (int) sum.getValue());
    Files.write(folder.resolve("vast.png"), vast);
    String row = "{\"id\":\"%s\",\"image\":%s,\"prompt\":\"%sit is\",\"completion\":\" dark\"}\n";
    String picture = "\"picture1.png\"";
    Files.writeString(
        source,
        row.formatted("more-marks", picture, "<image><image>")
            + row.formatted("fewer-marks", "[%s,%s]".formatted(picture, picture), "<image>")
            + row.formatted("no-picture", "null", "<image>")
            + row.formatted("vast", "\"vast.png\"", "<image>")
            + row.formatted("not-there", "\"none.png\"", "<image>"),
        StandardOpenOption.APPEND);
    Path run = folder.resolve("run");
    tune(run, "train.max-steps=2", "evaluate.frozen-base=false");

    JsonNode funnel = RunFolderFiles.json(run.resolve("data/manifest.json")).path("funnel");
    assertThat(funnel.path("read").intValue()).isEqualTo(ROWS + 5);
    assertThat(funnel.path("rejected").path("PICTURE_COUNT").intValue()).isEqualTo(3);
    assertThat(funnel.path("rejected").path("PICTURE_TOO_LARGE").intValue()).isEqualTo(1);
    assertThat(funnel.path("rejected").path("PICTURE_UNREADABLE").intValue()).isEqualTo(1);

    Path table = folder.resolve("answers.jsonl");
    CommandRun.of(
            "apply",
            run.toString(),
            "--input",
            source.toString(),
            "--to",
            table.toString(),
            "--max-new-tokens",
            "1")
        .endedWith(0);
    List<JsonNode> answered = RunFolderFiles.written(table);
    assertThat(answered.subList(ROWS, ROWS + 5))
        .allSatisfy(
            answer -> {
              assertThat(answer.path("generated").isNull()).isTrue();
              assertThat(answer.path("finish").textValue()).isEqualTo("picture-unusable");
            });
  }
}
