package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A second adapter that is tuned while the first one stays as it is, on a decoder. */
@Tag("spark")
final class TestSecondAdapter {
  @TempDir static Path home;

  private static Path recipe;
  private static Path first;

  @TempDir Path folder;

  @BeforeAll
  static void tuneTheFirst() throws IOException {
    Path rows = home.resolve("rows.jsonl");
    List<String> lines = new ArrayList<>();
    for (int row = 0; row < 40; row++) {
      lines.add("{\"text\": \"the %s apple fell from tree %s\"}".formatted(row, row % 7));
    }
    Files.write(rows, lines);
    recipe =
        Files.writeString(
            home.resolve("recipe.yaml"),
            """
            base: {model: "%s"}
            data: {source: "%s", row-format: text, test-fraction: 0.1, max-tokens: 24}
            adapter: {rank: 2, alpha: 4, targets: [q_proj, o_proj]}
            train: {batch-size: 8, groups: 2, max-steps: 4, learning-rate: 1e-2, warmup-steps: 0}
            evaluate: {frozen-base: false}
            spark: {master: "local[2]", sql.shuffle.partitions: 2}
            """
                .formatted(TinyBase.decoder(home, 5), rows.toAbsolutePath()));
    first = home.resolve("first");
    tune(first).endedWith(0);
  }

  @Test
  void theFirstStaysAndBothAreInWhatIsSaved() throws IOException {
    Path weights = first.resolve("adapter/adapter_model.safetensors");
    String before = Sha256.ofFile(weights);
    Path second = folder.resolve("second");
    String told =
        tune(
                second,
                "adapter.frozen=" + first,
                "adapter.rank=3",
                "adapter.alpha=6",
                "adapter.targets=[q_proj, v_proj]",
                "train.weight-decay=0.1",
                "train.max-grad-norm=0.5")
            .endedWith(0)
            .out();

    assertThat(Sha256.ofFile(weights)).isEqualTo(before);
    assertThat(told)
        .contains("Adapter    lora on 4 modules of LlamaForCausalLM, rank 3, scale 2\n")
        .contains("           above lora on 4 modules, standing still, rank 2, scale 2\n");
    assertThat(Files.readString(second.resolve("adapter/README.md")))
        .contains("| rank | 2 (2 modules), 3 (2 modules), 5 (2 modules) |\n")
        .contains("| alpha | 4 (2 modules), 6 (2 modules), 10 (2 modules) |\n")
        .contains("| first adapter, which stood still | rank 2, alpha 4, scale 2, on 4 modules |\n")
        .contains(
            "| second adapter, trained above it | rank 3, alpha 6, scale 2, on 4 modules |\n");
    assertThat(Files.readString(second.resolve("report.html")))
        .contains("<dd>lora, rank 3, alpha 6</dd>", "<dd>q_proj, v_proj</dd>")
        .contains("<dd>" + first + ", rank 2, alpha 4</dd>")
        .contains("one adapter of both, rank 2 (2 modules), 3 (2 modules), 5 (2 modules), alpha");
    assertThat(CommandRun.of("inspect", second.resolve("adapter").toString()).endedWith(0).out())
        .containsPattern("  other ranks +\\[2, 3, 5\\], by module\n")
        .containsPattern("  other alphas +\\[4.0, 6.0, 10.0\\], by module\n")
        .containsPattern("  scale +alpha / rank\n");
    JsonNode checks = RunFolderFiles.json(second.resolve("result.json")).get("checks");
    assertThat(checks.get("tensors_that_stood_still")).isEmpty();
    String q = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";
    String o = "base_model.model.model.layers.1.self_attn.o_proj.lora_B.weight";
    String v = "base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight";
    try (SafetensorsFile one = SafetensorsFile.open(weights);
        SafetensorsFile both =
            SafetensorsFile.open(second.resolve("adapter/adapter_model.safetensors"))) {
      float[] ofFirst = one.floats(q);
      assertThat(both.tensors().get(q).shape()).isEqualTo(List.of(5L, 16L));
      assertThat(Arrays.copyOf(both.floats(q), ofFirst.length)).isEqualTo(ofFirst);
      assertThat(both.floats(o)).isEqualTo(one.floats(o));
      assertThat(both.tensors().get(v).shape()).isEqualTo(List.of(3L, 16L));
    }
  }

  @Test
  void theFirstIsPartOfWhatTheRunDependsOn() throws IOException {
    Path alone = folder.resolve("alone");
    Path above = folder.resolve("above");
    tune(alone).endedWith(0);
    tune(above, "adapter.frozen=" + first.resolve("adapter")).endedWith(0);
    String key = "fingerprint";
    assertThat(RunFolderFiles.json(above.resolve("result.json")).get(key))
        .isNotEqualTo(RunFolderFiles.json(alone.resolve("result.json")).get(key));
  }

  /** What is told of a second adapter leaves the first one out where it belongs to the start. */
  @Test
  void theBaseAloneIsWithoutTheFirstWhichIsToldAsStandingStill() throws IOException {
    Path second = folder.resolve("second");
    String told =
        tune(second, "adapter.frozen=" + first, "evaluate.frozen-base=true").endedWith(0).out();
    Path figures = folder.resolve("figures.json");
    CommandRun.of("evaluate", second.toString(), "--to", figures.toString()).endedWith(0);

    JsonNode result = RunFolderFiles.json(second.resolve("result.json"));
    JsonNode evaluation = result.path("evaluation");
    JsonNode ofFirst = RunFolderFiles.json(first.resolve("result.json"));
    assertThat(perplexity(evaluation, "before"))
        .isEqualTo(perplexity(RunFolderFiles.json(figures), "adapter_off"));
    assertThat(perplexity(evaluation, "first_adapter"))
        .isCloseTo(perplexity(ofFirst.path("evaluation"), "after"), withinPercentage(0.01))
        .isNotCloseTo(perplexity(evaluation, "before"), withinPercentage(0.01));
    assertThat(RunFolderFiles.json(second.resolve("evaluation.json")).path("first_adapter"))
        .isNotEmpty();
    int numbers = ofFirst.path("trainable_parameters").intValue();
    assertThat(result.path("trainable_parameters").intValue()).isEqualTo(numbers);
    assertThat(result.path("checks").path("numbers_held_still").intValue()).isEqualTo(numbers);
    String counted = String.format(Locale.ROOT, "%,d", numbers);
    assertThat(told).contains("with the first adapter alone", "Trained    " + counted);
    assertThat(Files.readString(second.resolve("adapter/README.md")))
        .contains("| trained parameters | " + counted + " |")
        .contains("| parameters that stood still | " + counted + " |");
    assertThat(Files.readString(second.resolve("report.html")))
        .contains("tuned above a first one, " + first + ", which stood still")
        .contains(counted + ", those of the first adapter, " + first)
        .contains("with the first adapter, where training began, one of");
    Path estimate = folder.resolve("estimate.json");
    CommandRun.of(
            "estimate",
            recipe.toString(),
            "--set",
            "adapter.frozen=" + first,
            "--to",
            estimate.toString())
        .endedWith(0);
    JsonNode estimated = RunFolderFiles.json(estimate);
    assertThat(estimated.path("trained_numbers").intValue()).isEqualTo(numbers);
    assertThat(estimated.path("numbers_that_stand_still").intValue()).isEqualTo(numbers);
  }

  /** A run that wrote over the adapter it stands on would grow with each repetition. */
  @Test
  void theFirstAdaptersOwnFolderIsNoPlaceForTheSecond() throws IOException {
    String before = Sha256.ofFile(first.resolve("adapter/adapter_model.safetensors"));
    String result = Files.readString(first.resolve("result.json"));
    Path linked = Files.createSymbolicLink(folder.resolve("linked"), first);
    for (Path frozen : List.of(first, first.resolve("adapter"), linked)) {
      for (String verb : List.of("tune", "validate")) {
        assertThat(run(verb, first, "adapter.frozen=" + frozen).endedWith(2).error())
            .contains("Cannot tune above the adapter at " + frozen + " into " + first)
            .contains("name another folder with --out");
      }
    }
    assertThat(Sha256.ofFile(first.resolve("adapter/adapter_model.safetensors"))).isEqualTo(before);
    assertThat(Files.readString(first.resolve("result.json"))).isEqualTo(result);
  }

  private static double perplexity(JsonNode figures, String model) {
    return figures.path(model).path("perplexity").doubleValue();
  }

  @Test
  void nonsenseIsRefusedByNameBeforeSparkStarts() {
    assertThat(refused("adapter.frozen=" + folder))
        .contains("Invalid adapter.frozen: " + folder + " (no adapter lies there)");
    assertThat(refused("adapter.frozen=" + first, "adapter.method=adalora"))
        .contains("Cannot tune method \"adalora\" above another adapter");
    assertThat(refused("adapter.frozen=" + first, "adapter.dropout=0.1"))
        .contains("Cannot tune with dropout above another adapter");
    assertThat(refused("adapter.frozen=" + first, "adapter.bias=lora-only"))
        .contains("Cannot train biases of the base above another adapter");
  }

  private String refused(String... settings) {
    return run("validate", folder.resolve("none"), settings).endedWith(2).error();
  }

  private static CommandRun tune(Path out, String... settings) {
    return run("tune", out, settings);
  }

  private static CommandRun run(String verb, Path out, String... settings) {
    return new TicketRecipe(recipe).run(verb, out, settings);
  }
}
