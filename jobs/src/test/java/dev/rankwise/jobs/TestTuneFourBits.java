package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.quantized.BitsAndBytesWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A decoder whose linear weights lie in four bits, from the recipe to what is merged. */
@Tag("spark")
final class TestTuneFourBits {
  private static final String TEXT =
      """
      base: {model: "%s", quantization: nf4}
      data:
        source: "%s"
        test-fraction: 0.25
        max-tokens: 48
        chat-format: chatml
      adapter: {rank: 4, alpha: 8, targets: all-linear}
      train:
        batch-size: 4
        groups: 4
        micro-batch-tokens: 64
        epochs: 3
        learning-rate: 2e-2
        warmup-steps: 0
      spark: {master: "local[2]", sql.shuffle.partitions: 2}
      """;

  @TempDir Path folder;
  private Path base;

  @BeforeEach
  void write() throws IOException {
    base = TinyBase.decoder(folder, 4);
  }

  @Test
  void theAdapterLearnsAndItsBytesAreTheSameForAnyNumberOfTasks() throws Exception {
    JsonNode result = tuned(base, "once");
    String once = result.path("adapter_sha256").textValue();

    assertThat(result.path("evaluation").path("after").path("perplexity").doubleValue())
        .isLessThan(
            0.5 * result.path("evaluation").path("before").path("perplexity").doubleValue());
    assertThat(sha256(base, "alone", "spark.master=local[1]")).isEqualTo(once);
    assertThat(sha256(base, "recomputed", "train.activations=recomputed")).isEqualTo(once);
    assertThat(sha256(base, "dense", "base.quantization=none")).isNotEqualTo(once);
    assertThat(sha256(base, "other", "base.quantization=fp4-128-single")).isNotEqualTo(once);
  }

  /** The same codes, made once here and once by what wrote the base. */
  @Test
  void aBaseThatIsStoredInFourBitsGivesTheSameAdapter() throws Exception {
    byte[] made = numbers(base, "made");
    Path stored = stored();

    assertThat(numbers(stored, "as-stored")).isEqualTo(made);
    assertThat(numbers(stored, "as-it-is", "base.quantization=none")).isEqualTo(made);
    CommandRun refused = tune(stored, "refused", "base.quantization=fp4");
    assertThat(refused.endedWith(2).error())
        .contains("is stored in four bits as nf4 already and cannot be put into fp4");
  }

  @Test
  void theRunIsMeasuredWritesAndIsMergedAsItWasTrained() throws Exception {
    JsonNode result = tuned(base, "run");
    Path run = folder.resolve("run");
    Path again = folder.resolve("again.json");

    CommandRun.of("evaluate", run.toString(), "--to", again.toString()).endedWith(0);
    assertThat(RunFolderFiles.json(again).path("after").path("perplexity"))
        .isEqualTo(result.path("evaluation").path("after").path("perplexity"));

    String prompt = "ticket 7 about billing";
    String text =
        CommandRun.of("generate", run.toString(), "--prompt", prompt, "--max-new-tokens", "6")
            .endedWith(0)
            .out();
    Path merged = folder.resolve("merged");
    String told =
        CommandRun.of("merge", run.toString(), "--out", merged.toString()).endedWith(0).out();
    assertThat(told).contains("what four bits leave of the base's");
    assertThat(difference(told)).isLessThan(1e-4);
    String alone =
        CommandRun.of(
                "generate",
                merged.toString(),
                "--prompt",
                prompt,
                "--chat-format",
                "chatml",
                "--max-new-tokens",
                "6")
            .endedWith(0)
            .out();
    assertThat(alone).isEqualTo(text);

    String original =
        CommandRun.of(
                "merge",
                run.toString(),
                "--into",
                "original",
                "--out",
                folder.resolve("original").toString())
            .endedWith(0)
            .out();
    assertThat(original).contains("by --into original", "trained on them in nf4");
    assertThat(difference(original)).isGreaterThan(1e-3);
  }

  @Test
  void aTableIsAnsweredOnFourBits() throws Exception {
    tuned(base, "run");
    Path prompts =
        Files.write(folder.resolve("prompts.csv"), List.of("id,ask", "1,ticket 7 about billing"));
    Path to = folder.resolve("answers.jsonl");

    CommandRun.of(
            "apply",
            folder.resolve("run").toString(),
            "--input",
            prompts.toString(),
            "--to",
            to.toString(),
            "--text-column",
            "ask",
            "--max-new-tokens",
            "6")
        .endedWith(0);

    String text =
        CommandRun.of(
                "generate",
                folder.resolve("run").toString(),
                "--prompt",
                "ticket 7 about billing",
                "--max-new-tokens",
                "6")
            .endedWith(0)
            .out();
    try (var files = Files.walk(to)) {
      List<Path> written = files.filter(file -> file.toString().endsWith(".json")).toList();
      StringBuilder all = new StringBuilder();
      for (Path file : written.isEmpty() ? List.of(to) : written) {
        all.append(Files.readString(file));
      }
      assertThat(all.toString()).contains(text.strip());
    }
  }

  @Test
  void theOriginalWeightsOfAStoredBaseAreNotThere() throws Exception {
    Path stored = stored();
    tuned(stored, "run", "train.max-steps=2");

    CommandRun run =
        CommandRun.of(
            "merge",
            folder.resolve("run").toString(),
            "--into",
            "original",
            "--out",
            folder.resolve("merged").toString());

    assertThat(run.endedWith(2).error()).contains("is stored in four bits, so they are not there");
    assertThat(folder.resolve("merged")).doesNotExist();
  }

  @Test
  void fullFineTuningHoldsNothingInFourBits() throws Exception {
    CommandRun run = tune(base, "full", "adapter.method=full");

    assertThat(run.endedWith(2).error())
        .contains("base.quantization and adapter.method full contradict each other");
  }

  /** The number after "at most". */
  private static double difference(String told) {
    String after = told.substring(told.indexOf("at most ") + "at most ".length());
    return Double.parseDouble(after.substring(0, after.indexOf(' ')));
  }

  private Path stored() throws IOException {
    Path target = Files.createDirectories(folder.resolve("stored"));
    for (String name : List.of("config.json", "tokenizer.json")) {
      Files.copy(base.resolve(name), target.resolve(name));
    }
    List<StoredTensor> tensors = new ArrayList<>();
    try (SafetensorsFile file = SafetensorsFile.open(base.resolve("model.safetensors"))) {
      BaseWeights weights =
          BaseWeights.of(file, ModuleTree.of(ModelConfig.read(base.resolve("config.json"))))
              .in(BaseForm.labelled("nf4", "form"), ElementType.F32);
      weights
          .present()
          .forEach(
              (name, spec) -> {
                if (weights.layout(name).isPresent()) {
                  tensors.addAll(BitsAndBytesWriter.parts(name, weights.quantized(name)));
                } else {
                  tensors.add(StoredTensor.ofFloats(name, spec.shape(), file.floats(name)));
                }
              });
    }
    SafetensorsWriter.write(target.resolve("model.safetensors"), Map.of("format", "pt"), tensors);
    return target;
  }

  private JsonNode tuned(Path model, String name, String... settings) throws IOException {
    tune(model, name, settings).endedWith(0);
    return RunFolderFiles.json(folder.resolve(name).resolve("result.json"));
  }

  /** All tensors of the adapter, without the header, which names the base's files. */
  private byte[] numbers(Path model, String name, String... settings) throws IOException {
    tuned(model, name, settings);
    byte[] file =
        Files.readAllBytes(folder.resolve(name).resolve("adapter/adapter_model.safetensors"));
    long header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return Arrays.copyOfRange(file, Math.toIntExact(Long.BYTES + header), file.length);
  }

  private String sha256(Path model, String name, String... settings) throws IOException {
    return tuned(model, name, settings).path("adapter_sha256").textValue();
  }

  private CommandRun tune(Path model, String name, String... settings) throws IOException {
    Path recipe = folder.resolve(name + ".yaml");
    Files.writeString(recipe, TEXT.formatted(model, talks()));
    List<String> arguments =
        new ArrayList<>(
            List.of("tune", recipe.toString(), "--out", folder.resolve(name).toString()));
    for (String setting : settings) {
      arguments.add("--set");
      arguments.add(setting);
    }
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private Path talks() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      String queue = List.of("billing", "login").get(i % 2);
      lines.add(
          "{\"id\":\"%s\",\"prompt\":\"ticket %s about %s\",\"completion\":\"it goes to %s\"}"
              .formatted(i, i, queue, queue));
    }
    return Files.write(folder.resolve("talks.jsonl"), lines);
  }
}
