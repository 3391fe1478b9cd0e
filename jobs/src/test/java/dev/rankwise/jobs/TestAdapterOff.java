package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code evaluate} compares a decoder's adapter with: the base as it is, in every number. */
@Tag("spark")
final class TestAdapterOff {
  @TempDir Path folder;

  @Test
  void keptModulesAreTheBasesOwn() throws IOException {
    Path rows = folder.resolve("rows.jsonl");
    List<String> lines = new ArrayList<>();
    for (int row = 0; row < 40; row++) {
      lines.add("{\"text\": \"the %s apple fell from tree %s\"}".formatted(row, row % 7));
    }
    Files.write(rows, lines);
    Path recipe =
        Files.writeString(
            folder.resolve("recipe.yaml"),
            """
            base: {model: "%s"}
            data: {source: "%s", row-format: text, test-fraction: 0.1, max-tokens: 24}
            adapter: {rank: 2, alpha: 4, targets: [q_proj], modules-to-save: [model.norm]}
            train: {batch-size: 8, groups: 2, max-steps: 4, learning-rate: 5e-2, warmup-steps: 0}
            spark: {master: "local[2]", sql.shuffle.partitions: 2}
            """
                .formatted(TinyBase.decoder(folder, 5), rows.toAbsolutePath()));
    Path run = folder.resolve("run");
    new TicketRecipe(recipe).run("tune", run).endedWith(0);
    Path figures = folder.resolve("figures.json");
    String told =
        CommandRun.of("evaluate", run.toString(), "--to", figures.toString()).endedWith(0).out();

    JsonNode evaluation = RunFolderFiles.json(run.resolve("evaluation.json"));
    assertThat(told).contains("adapter off: the bare base");
    assertThat(RunFolderFiles.json(figures).path("adapter_off").path("perplexity"))
        .isEqualTo(evaluation.path("before").path("perplexity"));
    assertThat(RunFolderFiles.json(figures).path("after").path("perplexity"))
        .isEqualTo(evaluation.path("after").path("perplexity"));
  }
}
