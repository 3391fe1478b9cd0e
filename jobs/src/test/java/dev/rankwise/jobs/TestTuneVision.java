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
  private static final String TEXT =
      """
      base: {model: "%s"}
      data: {source: "%s", row-format: prompt-completion, image-column: picture, key-column: id,
             test-fraction: 0.25, max-tokens: 48}
      adapter: {method: vora, rank: 4, teacher: "%s"}
      train: {batch-size: 8, groups: 2, micro-batch-tokens: 96, epochs: 60, learning-rate: 1e-2}
      evaluate: {micro-batch-tokens: 96}
      spark: {master: "local[2]", sql.shuffle.partitions: 2}
      """;

  @TempDir Path folder;
  private Path recipe;

  /** A picture is light or dark, and the answer says which; nothing else does. */
  @BeforeEach
  void write() throws IOException {
    Path base = TinyBase.decoder(folder, 4);
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      String name = "picture%s.png".formatted(i);
      boolean light = i % 2 == 0;
      draw(folder.resolve(name), light, i);
      rows.add(
          "{\"id\":\"%s\",\"picture\":\"%s\",\"prompt\":\"<image>it is \",\"completion\":\"%s\"}"
              .formatted(i, name, light ? "light" : "dark"));
    }
    Path source = Files.write(folder.resolve("rows.jsonl"), rows);
    Path teacher = Golden.given("models").resolve("vit");
    recipe =
        Files.writeString(folder.resolve("recipe.yaml"), TEXT.formatted(base, source, teacher));
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
    CommandRun.of("tune", recipe.toString(), "--out", run.toString()).endedWith(0);

    JsonNode result = RunFolderFiles.json(run.resolve("result.json"));
    JsonNode evaluation = result.path("evaluation");
    assertThat(evaluation.path("after").path("token_accuracy").doubleValue()).isEqualTo(1);
    List<JsonNode> steps = RunFolderFiles.jsonLines(run.resolve("metrics.jsonl"));
    assertThat(steps.get(0).path("distillation_loss").doubleValue()).isBetween(0.5, 1.5);
    assertThat(steps.get(steps.size() - 1).path("distillation_loss").doubleValue())
        .isLessThan(steps.get(0).path("distillation_loss").doubleValue());
    assertThat(Files.readString(run.resolve("report.html")))
        .contains("data:image/png;base64,", "&lt;image&gt;");
    theFolderHoldsWhatLoadingNeeds(run.resolve("adapter"));

    Path again = folder.resolve("again");
    CommandRun.of(
            "tune", recipe.toString(), "--out", again.toString(), "--set", "spark.master=local[1]")
        .endedWith(0);
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
              "it is ",
              "--max-new-tokens",
              "1");
      assertThat(answer.endedWith(0).out().strip()).isEqualTo(row == 0 ? "light" : "dark");
    }
    assertThat(
            CommandRun.of("generate", run.toString(), "--prompt", "<image>it is ")
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
                    "it is ")
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
                    .isEqualTo(row.path("completion").textValue()));
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
            "<image>it is ",
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
    CommandRun.of(
            "tune",
            recipe.toString(),
            "--out",
            run.toString(),
            "--set",
            "adapter.teacher=null",
            "--set",
            "adapter.image-side=16",
            "--set",
            "adapter.image-patch=4",
            "--set",
            "adapter.image-attention=causal")
        .endedWith(0);

    JsonNode step = RunFolderFiles.jsonLines(run.resolve("metrics.jsonl")).get(0);
    assertThat(step.has("distillation_loss")).isFalse();
    JsonNode vision = RunFolderFiles.json(run.resolve("adapter/vora_config.json"));
    assertThat(vision.path("image_attention").textValue()).isEqualTo("causal");
    assertThat(vision.path("intermediate_size").intValue()).isEqualTo(16);
  }
}
