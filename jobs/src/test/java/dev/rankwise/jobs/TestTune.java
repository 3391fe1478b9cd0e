package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.Sha256;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job on the real MiniLM: what lies in the run folder, and that it is the same again. */
@Tag("spark")
@Tag("core")
final class TestTune {
  private static TunedRun tuned;

  @TempDir Path folder;

  @BeforeAll
  static void tune() throws Exception {
    tuned = TunedRun.obtain();
  }

  @Test
  void metricsHaveOneLineAStepWhoseTimesAddUp() throws Exception {
    List<JsonNode> steps = RunFolderFiles.jsonLines(tuned.folder().resolve("metrics.jsonl"));

    assertThat(steps).hasSize(TunedRun.STEPS);
    for (int i = 0; i < steps.size(); i++) {
      JsonNode step = steps.get(i);
      List<String> names = new ArrayList<>();
      step.fieldNames().forEachRemaining(names::add);
      assertThat(names)
          .contains(
              "step",
              "loss",
              "learning_rate",
              "grad_norm",
              "target_tokens",
              "tokens",
              "tokens_per_second",
              "step_seconds",
              "compute_seconds",
              "sync_seconds");
      assertThat(step.get("step").intValue()).isEqualTo(i + 1);
      assertThat(step.get("target_tokens").intValue()).isEqualTo(16);
      double whole = step.get("step_seconds").doubleValue();
      assertThat(step.get("compute_seconds").doubleValue() + step.get("sync_seconds").doubleValue())
          .isCloseTo(whole, within(1e-5));
      double parts = 0;
      for (String part :
          List.of("compute", "wait", "broadcast", "schedule", "collect", "sum", "optimizer")) {
        parts += step.get(part + "_seconds").doubleValue();
      }
      assertThat(parts).isCloseTo(whole, within(1e-5));
    }
  }

  @Test
  void resultSaysHowTheRunEnded() throws Exception {
    JsonNode result = RunFolderFiles.json(tuned.folder().resolve("result.json"));
    List<JsonNode> steps = RunFolderFiles.jsonLines(tuned.folder().resolve("metrics.jsonl"));

    assertThat(result.get("status").textValue()).isEqualTo("succeeded");
    assertThat(result.get("exit_code").intValue()).isZero();
    assertThat(result.get("message").textValue()).isEmpty();
    assertThat(result.get("adapter_sha256").textValue()).isEqualTo(adapterSha256(tuned.folder()));
    assertThat(result.get("steps").intValue()).isEqualTo(TunedRun.STEPS);
    assertThat(result.get("loss_first")).isEqualTo(steps.get(0).get("loss"));
    assertThat(result.get("loss_last")).isEqualTo(steps.get(TunedRun.STEPS - 1).get("loss"));
    assertThat(result.get("fingerprint").textValue()).matches("[0-9a-f]{64}");
    assertThat(result.get("tokens_per_second").doubleValue()).isPositive();
    assertThat(result.get("peak_memory_bytes").longValue()).isPositive();
    assertThat(result.get("started").textValue()).isLessThan(result.get("finished").textValue());
  }

  @Test
  void trainedTensorsMovedAndFrozenOnesKeptTheirHash() throws Exception {
    JsonNode checks = RunFolderFiles.json(tuned.folder().resolve("result.json")).get("checks");

    assertThat(checks.get("trained_tensors").intValue()).isEqualTo(28);
    assertThat(checks.get("tensors_that_stood_still")).isEmpty();
    assertThat(checks.get("updates_behind_them").intValue()).isEqualTo(TunedRun.STEPS);
    assertThat(checks.get("frozen_sha256")).hasSize(1);
    assertThat(checks.get("executors_with_frozen_tensors").intValue()).isEqualTo(1);
    assertThat(Files.readString(tuned.folder().resolve("report.html")))
        .contains(
            "all 28 trained tensors moved; nothing was written to the frozen ones since they were"
                + " opened, on 1 executor");
  }

  @Test
  void adapterIsBetterThanChance() throws Exception {
    JsonNode evaluation = RunFolderFiles.json(tuned.folder().resolve("evaluation.json"));

    assertThat(evaluation.get("after").get("accuracy").doubleValue()).isGreaterThan(0.6);
    assertThat(evaluation.get("before").get("examples"))
        .isEqualTo(evaluation.get("after").get("examples"));
    assertThat(tuned.command().out()).contains("Accuracy   ", " → ");
  }

  @Test
  void lineageNamesWhatTheAdapterComesFrom() throws Exception {
    JsonNode lineage = RunFolderFiles.json(tuned.folder().resolve("lineage.json"));
    JsonNode result = RunFolderFiles.json(tuned.folder().resolve("result.json"));

    assertThat(lineage.get("base").textValue()).isEqualTo("minilm");
    assertThat(lineage.get("base_sha256").textValue()).matches("[0-9a-f]{64}");
    assertThat(lineage.get("rows_read").intValue()).isEqualTo(TunedRun.ROWS);
    assertThat(lineage.get("rows_rejected").intValue()).isZero();
    assertThat(lineage.get("train_examples").intValue() + lineage.get("test_examples").intValue())
        .isEqualTo(TunedRun.ROWS);
    assertThat(lineage.get("adapter_sha256")).isEqualTo(result.get("adapter_sha256"));
    assertThat(lineage.get("fingerprint")).isEqualTo(result.get("fingerprint"));
    assertThat(lineage.get("sources").get(0).get("location").textValue())
        .contains(tuned.rows().getFileName().toString());
  }

  @Test
  void recipeOfTheRunIsTheSameRecipe() throws Exception {
    Recipe asked = Recipe.read(tuned.recipe().file(), List.of(TunedRun.SETTINGS));
    Recipe written = Recipe.read(tuned.folder().resolve("recipe.yaml"), List.of());

    assertThat(written.settingsThatDecideBits()).isEqualTo(asked.settingsThatDecideBits());
    assertThat(written.notes()).isEmpty();
    assertThat(written.toYaml()).isEqualTo(Files.readString(tuned.folder().resolve("recipe.yaml")));
  }

  @Test
  void reportIsOnePage() throws Exception {
    assertThat(Files.readString(tuned.folder().resolve("report.html")))
        .startsWith("<!DOCTYPE html>")
        .contains("all-MiniLM-L6-v2", "billing", adapterSha256(tuned.folder()));
  }

  @Test
  void sameRecipeGivesTheSameBytesOnOneCoreAndAgain() throws Exception {
    Path again = folder.resolve("again");
    List<String> settings = new ArrayList<>(List.of(TunedRun.SETTINGS));
    settings.add("evaluate.frozen-base=false");

    tuned.recipe().run("tune", again, settings.toArray(String[]::new)).endedWith(0);
    String two = adapterSha256(again);
    settings.add("spark.master=local[1]");
    CommandRun one = tuned.recipe().run("tune", again, settings.toArray(String[]::new));

    assertThat(one.endedWith(0).out()).contains("unchanged since: ", "local[1]");
    assertThat(adapterSha256(again)).isEqualTo(two).isEqualTo(adapterSha256(tuned.folder()));
    assertThat(RunFolderFiles.json(again.resolve("result.json")).get("fingerprint"))
        .isEqualTo(RunFolderFiles.json(tuned.folder().resolve("result.json")).get("fingerprint"));
  }

  @Test
  void bfloat16BaseIsTuned() throws Exception {
    Path run = folder.resolve("narrow");

    tuned
        .recipe()
        .run(
            "tune",
            run,
            "base.dtype=bfloat16",
            "train.adapter-compute=bfloat16",
            "train.max-steps=2")
        .endedWith(0);

    assertThat(adapterSha256(run)).isNotEqualTo(adapterSha256(tuned.folder()));
    try (SafetensorsFile file =
        SafetensorsFile.open(run.resolve("adapter/adapter_model.safetensors"))) {
      assertThat(file.tensors().values()).allMatch(tensor -> tensor.type().name().equals("F32"));
    }
  }

  @Test
  void withoutHeldOutRowsNothingIsEvaluated() throws Exception {
    Path base = TinyBase.withoutPooler(folder, 1);
    Path rows = Tickets.write(folder, Tickets.csv(48));
    Path run = folder.resolve("run");

    CommandRun command =
        TicketRecipe.write(folder, base, rows)
            .run(
                "tune",
                run,
                "data.test-fraction=null",
                "data.train-rows=48",
                "evaluate.frozen-base=true");

    assertThat(command.endedWith(0).out())
        .contains("nothing is held out")
        .doesNotContain("Accuracy");
    assertThat(RunFolderFiles.json(run.resolve("evaluation.json"))).isEmpty();
    assertThat(CommandRun.of("evaluate", run.toString()).endedWith(2).error())
        .isEqualTo(
            "Nothing to evaluate on: the run at %s held no rows out; name rows with --data"
                .formatted(run));
  }

  private static String adapterSha256(Path run) {
    return Sha256.ofFile(run.resolve("adapter/adapter_model.safetensors"));
  }
}
