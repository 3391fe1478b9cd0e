package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.format.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An adapter that begins as another, on a decoder, and runs on prepared data as they lie. */
@Tag("spark")
final class TestStartedAdapter {
  @TempDir static Path home;

  private static Path rows;
  private static TicketRecipe recipe;
  private static Path first;

  @TempDir Path folder;

  @BeforeAll
  static void tuneTheFirst() throws IOException {
    rows = home.resolve("rows.jsonl");
    hold(40);
    Path file =
        Files.writeString(
            home.resolve("recipe.yaml"),
            """
            base: {model: "%s"}
            data: {source: "%s", row-format: text, test-fraction: 0.1, max-tokens: 24}
            adapter: {rank: 2, alpha: 4, targets: [q_proj, o_proj]}
            train: {batch-size: 8, groups: 2, max-steps: 4, learning-rate: 1e-2, warmup-steps: 0}
            spark: {master: "local[2]", sql.shuffle.partitions: 2}
            """
                .formatted(TinyBase.decoder(home, 5), rows.toAbsolutePath()));
    recipe = new TicketRecipe(file);
    first = home.resolve("first");
    recipe.run("tune", first).endedWith(0);
  }

  private static void hold(int count) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      lines.add("{\"text\": \"the %s apple fell from tree %s\"}".formatted(row, row % 7));
    }
    Files.write(rows, lines);
  }

  /**
   * At a rate that is next to nothing it stays what it began as, and is measured beside the base.
   */
  @Test
  void itsFirstNumbersAreTheLastOnesOfTheOther() throws IOException {
    Path second = folder.resolve("second");
    recipe
        .run(
            "tune",
            second,
            "adapter.start=" + first.resolve("adapter"),
            "train.learning-rate=1e-7",
            "train.max-steps=1",
            "train.weight-decay=0")
        .endedWith(0);

    String name = "base_model.model.model.layers.1.self_attn.o_proj.lora_B.weight";
    try (SafetensorsFile before =
            SafetensorsFile.open(first.resolve("adapter/adapter_model.safetensors"));
        SafetensorsFile after =
            SafetensorsFile.open(second.resolve("adapter/adapter_model.safetensors"))) {
      float[] began = before.floats(name);
      float[] ended = after.floats(name);
      boolean moved = false;
      for (int i = 0; i < began.length; i++) {
        assertThat(Math.abs(ended[i] - began[i])).isLessThan(1e-6f);
        moved |= began[i] != 0;
      }
      assertThat(moved).as("the first is not what a fresh one is").isTrue();
    }
    JsonNode one = RunFolderFiles.json(first.resolve("evaluation.json"));
    JsonNode two = RunFolderFiles.json(second.resolve("evaluation.json"));
    assertThat(two.path("before")).as("the base without either").isEqualTo(one.path("before"));
    assertThat(
            RunFolderFiles.json(second.resolve("result.json")).path("fingerprint_parts").toString())
        .contains("adapter.start");
  }

  @Test
  void nonsenseIsRefusedByNameBeforeSparkStarts() {
    assertThat(refused("adapter.start=" + folder))
        .contains("Invalid adapter.start: " + folder + " (no adapter lies there)");
    assertThat(refused("adapter.start=" + first, "adapter.rank=3"))
        .contains("Cannot begin as the adapter of adapter.start: its rank of ", ": 2, and this");
    assertThat(refused("adapter.start=" + first, "adapter.method=adalora"))
        .contains("adapter.start and adapter.method adalora contradict each other");
    assertThat(refused("adapter.start=" + first, "adapter.initialisation=pissa"))
        .contains("adapter.start and adapter.initialisation pissa contradict each other");
    assertThat(refused("adapter.start=" + first, "adapter.frozen=" + first))
        .contains("adapter.frozen and adapter.start contradict each other");
    assertThat(recipe.run("validate", first, "adapter.start=" + first).endedWith(2).error())
        .contains("Cannot begin as the adapter at " + first + " into " + first)
        .contains("the run would replace the adapter that it begins as");
  }

  private String refused(String... settings) {
    return recipe.run("validate", folder.resolve("none"), settings).endedWith(2).error();
  }

  @Test
  void preparedDataAreUsedAsTheyLieIfTheyAreThoseAskedFor() throws IOException {
    String sha256 =
        RunFolderFiles.json(first.resolve("lineage.json")).path("data_sha256").textValue();
    String there = "data.prepared=" + first.resolve("data");
    String asked = "data.prepared-sha256=";
    Path again = folder.resolve("again");
    hold(60);
    try {
      CommandRun run = recipe.run("tune", again, there, asked + sha256).endedWith(0);
      assertThat(run.out()).contains("  as prepared: 40 rows");
      assertThat(again.resolve("adapter/adapter_model.safetensors"))
          .hasSameBinaryContentAs(first.resolve("adapter/adapter_model.safetensors"));
    } finally {
      hold(40);
    }
    assertThat(recipe.run("tune", folder.resolve("x"), there, asked + "5f70").endedWith(3).error())
        .contains(
            "their content hash is " + sha256 + ", and data.prepared-sha256 asks for 5f70; name");
    String other = "base.model=" + TinyBase.decoder(folder, 6);
    assertThat(
            recipe
                .run("tune", folder.resolve("y"), there, asked + sha256, other)
                .endedWith(3)
                .error())
        .contains("they were prepared for another base than ");
    assertThat(recipe.run("tune", folder.resolve("z"), asked + sha256).endedWith(3).error())
        .contains("Cannot open prepared data");
  }
}
