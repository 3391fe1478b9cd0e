package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Golden;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestAnalyze {
  private static final String BASE = Golden.own("models/llama").toString();
  private static final Path ADAPTERS = Golden.own("adapters");

  @TempDir Path folder;

  @Test
  void adaptersOfOneBaseAreComparedInPageAndNumbers() throws Exception {
    Path out = folder.resolve("analysis");
    analyze(out, ADAPTERS.resolve("merge/first"), ADAPTERS.resolve("dora-llama")).endedWith(0);

    JsonNode json = RunFolderFiles.json(out.resolve("analysis.json"));
    assertThat(json.path("models").findValuesAsText("name")).containsExactly("first", "dora-llama");
    JsonNode first = json.path("models").path(0);
    assertThat(first.path("method").textValue()).startsWith("lora, rank 4");
    for (JsonNode update : first.path("updates")) {
      JsonNode values = update.path("singular_values");
      assertThat(values.size()).isEqualTo(4);
      assertThat(update.path("effective_rank").doubleValue()).isBetween(1.0, 4.0);
      assertThat(update.path("relative_norm").doubleValue()).isPositive();
    }
    String r = "pearson_direction_magnitude";
    assertThat(first.path(r).path("rows").isNumber()).isTrue();
    first
        .path(r + "_by_projection")
        .forEach(of -> assertThat(of.path("rows").isNull()).as("of two layers").isTrue());
    JsonNode pair = json.path("pairs").path(0);
    assertThat(pair.path("one").textValue()).isEqualTo("first");
    for (JsonNode module : pair.path("modules")) {
      for (JsonNode row : module.path("inputs")) {
        row.forEach(share -> assertThat(share.doubleValue()).isBetween(0.0, 1.0 + 1e-9));
      }
    }
    assertThat(Files.readString(out.resolve("analysis.html")))
        .contains("Longer, or turned?", "In how many directions?", "The same directions?");
  }

  @Test
  void aModelIsLikeItself() throws Exception {
    Path out = folder.resolve("analysis");
    Path adapter = ADAPTERS.resolve("lora-llama");
    Path same = Files.createSymbolicLink(folder.resolve("same"), adapter);
    analyze(out, adapter, same).endedWith(0);
    JsonNode mean = RunFolderFiles.json(out.resolve("analysis.json")).path("pairs").path(0);
    for (String side : List.of("mean_inputs", "mean_outputs")) {
      for (int k = 0; k < mean.path(side).size(); k++) {
        assertThat(mean.path(side).path(k).path(k).doubleValue()).isCloseTo(1, within(1e-6));
      }
    }
  }

  @Test
  void nonsenseIsRefusedWithTheRule() {
    Path out = folder.resolve("none");
    Path adapter = ADAPTERS.resolve("lora-llama");
    assertThat(analyze(out, adapter, adapter).endedWith(2).error())
        .contains("beside itself; name each model once");
    assertThat(analyze(out, folder).endedWith(2).error()).contains("No tuned model lies at");
    assertThat(analyze(folder, adapter).endedWith(2).error())
        .contains("something lies there already; name a place that is free");
    assertThat(CommandRun.of("analyze", BASE, "--out", out.toString()).endedWith(2).error())
        .contains("Nothing says which base model " + BASE, "name it with --base");
    String other = Golden.own("models/qwen2").toString();
    assertThat(analyze(out, Path.of(other)).endedWith(2).error())
        .contains("Cannot analyze " + other, "where base " + BASE + " has", "with --base");
    assertThat(Files.exists(out)).isFalse();
  }

  @Test
  @Tag("spark")
  void runsAreShownWithTheirCheckpoints() throws Exception {
    Path rows = Tickets.write(folder, Tickets.csv(80));
    TicketRecipe recipe =
        TicketRecipe.write(folder, TinyBase.withPooler(folder, 7), rows.toAbsolutePath());
    List<Path> runs = new ArrayList<>();
    for (String method : List.of("lora", "full")) {
      Path run = folder.resolve(method);
      recipe
          .run(
              "tune",
              run,
              "adapter.method=" + method,
              "output.checkpoint-every-steps=1",
              "output.checkpoints-kept=9")
          .endedWith(0);
      runs.add(run);
    }
    Path out = folder.resolve("analysis");
    CommandRun.of(
            "analyze", runs.get(0).toString(), runs.get(1).toString(), "--out", out.toString())
        .endedWith(0);

    JsonNode models = RunFolderFiles.json(out.resolve("analysis.json")).path("models");
    assertThat(models.path(1).path("method").textValue()).isEqualTo("full");
    for (JsonNode model : models) {
      assertThat(model.path("points").findValuesAsText("moment"))
          .contains("step 1", "step 2", "end")
          .doesNotContain("step 3");
      double before = 0;
      for (String moment : List.of("step 1", "step 2", "end")) {
        double direction = direction(model, moment);
        assertThat(direction).as(moment).isGreaterThan(before);
        before = direction;
      }
    }
    assertThat(models.path(0).path("updates").size()).isEqualTo(2);
    assertThat(models.path(1).path("updates").size()).isGreaterThan(2);
  }

  private static double direction(JsonNode model, String moment) {
    double sum = 0;
    for (JsonNode point : model.path("points")) {
      if (point.path("moment").textValue().equals(moment)) {
        sum += point.path("rows").path("delta_direction").doubleValue();
      }
    }
    return sum;
  }

  private static CommandRun analyze(Path out, Path... models) {
    List<String> arguments = new ArrayList<>(List.of("analyze"));
    for (Path model : models) {
      arguments.add(model.toString());
    }
    arguments.addAll(List.of("--base", BASE, "--out", out.toString()));
    return CommandRun.of(arguments.toArray(String[]::new));
  }
}
