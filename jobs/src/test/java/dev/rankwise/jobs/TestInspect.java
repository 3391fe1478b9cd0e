package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Golden;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.pipeline.checkpoint.LocalRunFolder;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code inspect}: every kind of file and folder, whole and damaged. */
@Tag("spark")
final class TestInspect {
  private static TunedRun tuned;

  @TempDir Path folder;

  @BeforeAll
  static void tune() throws Exception {
    tuned = TunedRun.obtain();
  }

  @Test
  void runFolder() {
    String told = inspected(tuned.folder());

    assertThat(told)
        .contains("Run " + tuned.folder(), "status                succeeded", "accuracy before")
        .contains("accuracy after", "rank                  4", "Adapter " + tuned.folder());
    assertThat(inspected(tuned.folder().resolve("result.json"))).isEqualTo(told);
  }

  @Test
  void adapter() {
    assertThat(inspected(tuned.folder().resolve("adapter")))
        .contains("base                  sentence-transformers/all-MiniLM-L6-v2")
        .contains("method                lora", "targets               [query, value]")
        .contains("made by               rankwise", "[billing, feature, outage]");
  }

  @Test
  void adapterOfAnotherLibrary() {
    String told = inspected(Golden.own("adapters/lora-bert-seqcls"));

    assertThat(told).contains("scale                 2.0").doesNotContain("made by");
  }

  @Test
  void preparedData() {
    String told = inspected(tuned.folder().resolve("data"));

    assertThat(told).contains("rows read             240", "classes               3: [billing");
    assertThat(inspected(tuned.folder().resolve("data/manifest.json"))).isEqualTo(told);
  }

  @Test
  void base() throws IOException {
    assertThat(inspected(Golden.own("models/bert")))
        .contains("architecture          BertForSequenceClassification")
        .contains(
            "classes               [LABEL_0, LABEL_1, LABEL_2]", "starting fresh        nothing");
    assertThat(inspected(TinyBase.withoutPooler(folder, 1)))
        .contains("vocabulary            30,522");
  }

  @Test
  void baseWithoutWeights() throws IOException {
    Files.copy(Golden.own("models/gpt2/config.json"), folder.resolve("config.json"));

    assertThat(inspected(folder)).contains("weights               none");
  }

  @Test
  void tensors() {
    assertThat(inspected(tuned.folder().resolve("adapter/adapter_model.safetensors")))
        .contains("F32   [4, 384]", "query.lora_A.weight", "format                pt");
  }

  @Test
  void manyTensorsAreCutShort() {
    List<StoredTensor> tensors = new ArrayList<>();
    for (int i = 0; i < 403; i++) {
      tensors.add(StoredTensor.ofFloats("tensor" + i, List.of(1L), new float[1]));
    }
    Path file = folder.resolve("many.safetensors");
    SafetensorsWriter.write(file, Map.of(), tensors);

    assertThat(inspected(file)).contains("tensors               403").endsWith("... and 3 more\n");
  }

  @Test
  void recipeIsShownInFull() {
    assertThat(inspected(tuned.folder().resolve("recipe.yaml")))
        .contains("max-steps: 8", "batch-size: 16");
  }

  @Test
  void metrics() throws IOException {
    assertThat(inspected(tuned.folder().resolve("metrics.jsonl")))
        .contains("steps                 8", "first step            1", "last step             8");
    Path empty = Files.createFile(folder.resolve("metrics.jsonl"));
    assertThat(inspected(empty)).contains("steps                 0").doesNotContain("first");
  }

  @Test
  void failedRun() throws IOException {
    Files.writeString(
        folder.resolve("result.json"),
        "{\"status\": \"failed\", \"exit_code\": 3, \"message\": \"no row\"}");

    assertThat(inspected(folder))
        .contains("exit_code             3", "message               no row");
  }

  @Test
  void runThatWasKilledIsNotTakenForOneThatGoesOn() throws IOException {
    Files.writeString(folder.resolve("result.json"), "{\"status\": \"running\"}");

    assertThat(inspected(folder))
        .contains(
            "status                running", "written by            nobody: the run was killed");
    Files.delete(folder.resolve("result.json"));
    try (LocalRunFolder run = RunFolder.claim(folder.resolve("run"), Clock.systemUTC())) {
      Files.writeString(run.resolve("result.json"), "{\"status\": \"running\"}");
      assertThat(inspected(run.directory()))
          .contains("written by            process " + ProcessHandle.current().pid());
    }
  }

  @Test
  void adapterOfAFormerRunIsToldApart() throws IOException {
    for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Path copy = folder.resolve("adapter").resolve(name);
      Files.createDirectories(copy.getParent());
      Files.copy(tuned.folder().resolve("adapter").resolve(name), copy);
    }
    Files.writeString(folder.resolve("result.json"), "{\"status\": \"failed\", \"exit_code\": 9}");
    String former = "adapter, evaluation.json, lineage.json and report.html are of a former run";

    assertThat(inspected(folder)).contains(former).doesNotContain("former run, fingerprint");
    Files.copy(tuned.folder().resolve("lineage.json"), folder.resolve("lineage.json"));
    assertThat(inspected(folder))
        .contains(
            former
                + ", fingerprint "
                + RunFolderFiles.json(folder.resolve("lineage.json")).get("fingerprint").asText());
    assertThat(inspected(tuned.folder())).doesNotContain("former run");
  }

  @Test
  void damagedFilesAreTold() throws IOException {
    refused(Files.writeString(folder.resolve("metrics.jsonl"), "{\"step\": "), 4, "metrics");
    refused(Files.writeString(folder.resolve("x.safetensors"), "short"), 4, "x.safetensors");
    refused(Files.writeString(folder.resolve("manifest.json"), "{}"), 4, "manifest.json");
    refused(Files.writeString(folder.resolve("result.json"), "[1"), 4, "result.json");
  }

  @Test
  void unknownThingsAreRefused() throws IOException {
    refused(Files.writeString(folder.resolve("letter.txt"), "x"), 2, "is of no known kind");
    refused(folder, 2, "holds nothing known: a run has result.json");
    refused(folder.resolve("none"), 2, "Nothing lies at");
  }

  private static void refused(Path path, int exitCode, String why) {
    assertThat(CommandRun.of("inspect", path.toString()).endedWith(exitCode).error()).contains(why);
  }

  private static String inspected(Path path) {
    return CommandRun.of("inspect", path.toString()).endedWith(0).out();
  }
}
