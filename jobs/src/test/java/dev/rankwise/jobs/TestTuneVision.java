package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Golden;
import dev.rankwise.models.format.SafetensorsFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import javax.imageio.ImageIO;
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

  /** A picture is light or dark, and the answer says which; nothing else does. */
  @BeforeEach
  void write() throws IOException {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      String name = "picture%s.png".formatted(i);
      boolean light = i % 2 == 0;
      draw(folder.resolve(name), light, i);
      rows.add(
          "{\"id\":\"%s\",\"image\":\"%s\",\"prompt\":\"<image>it is\",\"completion\":\" %s\"}"
              .formatted(i, name, light ? "light" : "dark"));
    }
    source = Files.write(folder.resolve("rows.jsonl"), rows);
  }

  /** The recipe of the icons on these rows, with a small teacher, in seconds. */
  private void tune(Path run, String... more) {
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
                "spark.master=local[2]",
                "spark.sql.shuffle.partitions=2"));
    settings.addAll(List.of(more));
    settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
    CommandRun.of(arguments.toArray(String[]::new)).endedWith(0);
  }

  private static void draw(Path file, boolean light, int seed) throws IOException {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(20, 12, BufferedImage.TYPE_INT_RGB);
    for (int x = 0; x < image.getWidth(); x++) {
      for (int y = 0; y < image.getHeight(); y++) {
        int grey = (light ? 170 : 20) + random.nextInt(60);
        image.setRGB(x, y, grey << 16 | grey << 8 | grey);
      }
    }
    ImageIO.write(image, "png", file.toFile());
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
    assertThat(RunFolderFiles.hashes(again.resolve("adapter")))
        .containsAllEntriesOf(weights(run.resolve("adapter")));

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
              folder.resolve("picture%s.png".formatted(row)).toString(),
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
                    folder.resolve("picture0.png").toString(),
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
            folder.resolve("picture1.png").toString(),
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
}
