package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A decoder whose linear weights lie in four bits, from the recipe to what is merged. */
@Tag("spark")
final class TestTuneFourBits {
  private static final String TEXT =
      """
      base: {model: "%s", quantization: nf4, dtype: float32}
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

  @TempDir static Path shared;
  private static Path base;

  /** The base as the verb stores it in four bits, and what the recipe leaves of the dense one. */
  private static Path stored;

  private static Path run;

  @TempDir Path folder;

  @BeforeAll
  static void tuneOnce() throws IOException {
    base = TinyBase.decoder(shared, 4);
    stored = shared.resolve("stored");
    CommandRun.of("quantize", base.toString(), "--out", stored.toString()).endedWith(0);
    tune(shared, base, "run").endedWith(0);
    run = shared.resolve("run");
  }

  @Test
  void theAdapterLearnsAndItsBytesAreTheSameForAnyNumberOfTasks() throws Exception {
    JsonNode result = RunFolderFiles.json(run.resolve("result.json"));
    String once = result.path("adapter_sha256").textValue();

    assertThat(result.path("evaluation").path("after").path("perplexity").doubleValue())
        .isLessThan(
            0.5 * result.path("evaluation").path("before").path("perplexity").doubleValue());
    assertThat(sha256(base, "alone", "spark.master=local[1]")).isEqualTo(once);
    assertThat(sha256(base, "recomputed", "train.activations=recomputed")).isEqualTo(once);
    assertThat(sha256(base, "dense", "base.quantization=none")).isNotEqualTo(once);
    assertThat(sha256(base, "other", "base.quantization=fp4-128-single")).isNotEqualTo(once);
  }

  /** The same codes, made once on the way and once for the base that is stored. */
  @Test
  void aBaseThatIsStoredInFourBitsGivesTheSameAdapter() throws Exception {
    byte[] made = numbers(run);

    assertThat(numbers(stored, "as-stored")).isEqualTo(made);
    assertThat(numbers(stored, "as-it-is", "base.quantization=none")).isEqualTo(made);
    assertThat(Files.readString(folder.resolve("as-stored").resolve("report.html")))
        .as("its own configuration says how it lies")
        .contains("from peft import")
        .doesNotContain("quantization_config=bits");
    CommandRun refused = tune(stored, "refused", "base.quantization=fp4");
    assertThat(refused.endedWith(2).error())
        .contains("is stored in four bits as nf4 already and cannot be put into fp4");
  }

  /** Codes go by the type that was rounded to first. */
  @Test
  void soItDoesWhereBothAreMadeOfBfloat16() throws Exception {
    Path narrow = folder.resolve("narrow");
    CommandRun.of("quantize", base.toString(), "--out", narrow.toString(), "--dtype", "bfloat16")
        .endedWith(0);
    String usual = "base.dtype=null";

    byte[] made = numbers(base, "made", usual, "train.max-steps=2");
    assertThat(numbers(narrow, "narrow-run", usual, "train.max-steps=2")).isEqualTo(made);
    assertThat(numbers(stored, "of-float32", usual, "train.max-steps=2")).isNotEqualTo(made);
    Path merged = folder.resolve("merged");
    CommandRun.of("merge", folder.resolve("made").toString(), "--out", merged.toString())
        .endedWith(0);
    try (SafetensorsFile file = SafetensorsFile.open(merged.resolve("model.safetensors"))) {
      assertThat(file.tensors().values())
          .as("what is merged has the base's own type, whatever four bits were made of")
          .allMatch(tensor -> tensor.type() == ElementType.F32);
    }
  }

  @Test
  void theReportTellsTheFormAndTheBytesThatAreMapped() throws IOException {
    Path to = folder.resolve("estimate.json");
    CommandRun.of("estimate", run.resolve("recipe.yaml").toString(), "--to", to.toString())
        .endedWith(0);
    long mapped =
        RunFolderFiles.json(to).path("memory").path("base_mapped_once_a_host_bytes").longValue();

    assertThat(Files.readString(run.resolve("report.html")))
        .contains("linear weights held in four bits (nf4), computed in float32")
        .containsPattern("base, mapped once[^\\n]{0,300}" + Pattern.quote(NumberText.bytes(mapped)))
        .contains("parameters and gradients", "optimizer", "activations and the rest")
        .contains("quantization_config=bits, dtype=torch.float32");
  }

  @Test
  void theRunIsMeasuredWritesAndIsMergedAsItWasTrained() throws Exception {
    JsonNode result = RunFolderFiles.json(run.resolve("result.json"));
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

  /** Whoever has the adapter alone computes on the four bits that it was trained on. */
  @Test
  void theAdapterByItselfKnowsItsFourBits() throws Exception {
    Path alone = Files.createDirectory(folder.resolve("alone"));
    for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Files.copy(run.resolve("adapter").resolve(name), alone.resolve(name));
    }
    Path ofRun = folder.resolve("of-run");
    CommandRun.of("merge", run.toString(), "--out", ofRun.toString()).endedWith(0);
    Path ofAlone = folder.resolve("of-alone");
    String told =
        CommandRun.of(
                "merge", alone.toString(), "--base", base.toString(), "--out", ofAlone.toString())
            .endedWith(0)
            .out();

    assertThat(told).contains("what four bits leave of the base's");
    assertThat(difference(told)).isLessThan(1e-4);
    assertThat(ofAlone.resolve("model.safetensors"))
        .hasSameBinaryContentAs(ofRun.resolve("model.safetensors"));
    assertThat(written(alone)).isEqualTo(written(run));
    assertThat(CommandRun.of("inspect", alone.toString()).endedWith(0).out())
        .containsPattern("base held in +nf4 of float32");
    assertThat(forward(alone)).isEqualTo(forward(alone, "--quantization", "nf4"));
    assertThat(forward(alone)).isNotEqualTo(forward(alone, "--quantization", "none"));
  }

  /** Logits on a few tokens, as bytes. */
  private byte[] forward(Path adapter, String... options) throws IOException {
    Path inputs = folder.resolve("inputs.safetensors");
    List<Long> shape = List.of(1L, 4L);
    SafetensorsWriter.write(
        inputs,
        Map.of(),
        List.of(
            StoredTensor.ofLongs("attention_mask", shape, new long[] {1, 1, 1, 1}),
            StoredTensor.ofLongs("input_ids", shape, new long[] {5, 7, 11, 13})));
    Path to = folder.resolve("outputs.safetensors");
    List<String> arguments =
        new ArrayList<>(List.of("forward", base.toString(), "--adapter", adapter.toString()));
    arguments.addAll(List.of("--inputs", inputs.toString(), "--to", to.toString()));
    arguments.addAll(List.of(options));
    CommandRun.of(arguments.toArray(String[]::new)).endedWith(0);
    return Files.readAllBytes(to);
  }

  @Test
  void aFirstAdapterStaysOnTheWeightsThatItWasTrainedOn() throws IOException {
    String first = "adapter.frozen=" + run;
    CommandRun dense = tune(base, "above", first, "base.quantization=none");
    tuned(base, "as-it-is", "base.quantization=none", "train.max-steps=2");
    CommandRun bits = tune(base, "above", "adapter.frozen=" + folder.resolve("as-it-is"));

    assertThat(dense.endedWith(2).error())
        .contains("it was trained on the base in nf4 of float32, and this run holds it as it is")
        .contains("set base.quantization to nf4 and base.dtype to float32");
    assertThat(bits.endedWith(2).error())
        .contains("it was trained on the base as it is, and this run holds it in nf4 of float32")
        .contains("set base.quantization to none");
    tuned(base, "above", first, "train.max-steps=2");
    assertThat(
            CommandRun.of("inspect", folder.resolve("above/adapter").toString()).endedWith(0).out())
        .containsPattern("base held in +nf4 of float32");
  }

  @Test
  void whatIsCombinedGoesWithTheFourBitsOfAllOrWithNone() throws IOException {
    tuned(base, "dense", "base.quantization=none", "train.max-steps=2");
    Path same = folder.resolve("same");
    Path mixed = folder.resolve("mixed");

    String alike = combined(run, run, same);
    String unlike = combined(run, folder.resolve("dense"), mixed);

    assertThat(alike).doesNotContain("Note");
    assertThat(CommandRun.of("inspect", same.toString()).endedWith(0).out())
        .containsPattern("base held in +nf4 of float32");
    assertThat(unlike)
        .contains("Note: the adapters were trained on their base held in different ways")
        .contains("(nf4 of float32, as it is)");
    assertThat(CommandRun.of("inspect", mixed.toString()).endedWith(0).out())
        .doesNotContain("base held in");
  }

  private static String combined(Path one, Path other, Path to) {
    return CommandRun.of(
            "combine",
            one.toString(),
            other.toString(),
            "--base",
            base.toString(),
            "--out",
            to.toString())
        .endedWith(0)
        .out();
  }

  /** What a base with this adapter writes, as one that the base alone would not. */
  private String written(Path adapter) {
    return CommandRun.of(
            "generate",
            base.toString(),
            "--adapter",
            "it=" + adapter,
            "--prompt",
            "ticket 7 about billing",
            "--chat-format",
            "chatml",
            "--max-new-tokens",
            "6")
        .endedWith(0)
        .out();
  }

  /** What is measured again comes from the adapter's files; what is merged is a dense base. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "adapter.method=dora adapter.use-rslora=true train.loraplus-ratio=4",
        "adapter.method=adalora adapter.rank=6 adapter.target-rank=4 adapter.alpha=96",
        "adapter.method=ia3 train.learning-rate=5e-2"
      })
  void everyMethodLearnsAndIsMergedAsItWasTrained(String settings) throws IOException {
    JsonNode evaluation = tuned(base, "method", settings.split(" ")).path("evaluation");
    Path tuned = folder.resolve("method");
    Path again = folder.resolve("again.json");
    CommandRun.of("evaluate", tuned.toString(), "--to", again.toString()).endedWith(0);
    Path merged = folder.resolve("merged");
    String told =
        CommandRun.of("merge", tuned.toString(), "--out", merged.toString()).endedWith(0).out();

    double before = evaluation.path("before").path("perplexity").doubleValue();
    assertThat(evaluation.path("after").path("perplexity").doubleValue())
        .isPositive()
        .isLessThan(0.9 * before);
    assertThat(RunFolderFiles.json(again).path("after").path("perplexity"))
        .isEqualTo(evaluation.path("after").path("perplexity"));
    assertThat(told).contains("what four bits leave of the base's");
    assertThat(difference(told)).isLessThan(1e-3);
  }

  @Test
  void aTableIsAnsweredOnFourBits() throws Exception {
    Path prompts =
        Files.write(folder.resolve("prompts.csv"), List.of("id,ask", "1,ticket 7 about billing"));
    Path to = folder.resolve("answers.jsonl");

    CommandRun.of(
            "apply",
            run.toString(),
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
                run.toString(),
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
    tuned(stored, "of-stored", "train.max-steps=2");

    CommandRun told =
        CommandRun.of(
            "merge",
            folder.resolve("of-stored").toString(),
            "--into",
            "original",
            "--out",
            folder.resolve("merged").toString());

    assertThat(told.endedWith(2).error()).contains("is stored in four bits, so they are not there");
    assertThat(folder.resolve("merged")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gptq", "awq", "hqq"})
  void aBaseThatAnotherSchemeQuantisedIsRefusedByName(String scheme) throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    for (String file : List.of("model.safetensors", "tokenizer.json")) {
      Files.createLink(other.resolve(file), base.resolve(file));
    }
    Files.writeString(
        other.resolve("config.json"),
        Files.readString(base.resolve("config.json"))
            .replaceFirst(
                "\\{", "{\"quantization_config\": {\"quant_method\": \"" + scheme + "\"}, "));

    assertThat(tune(other, "refused").endedWith(2).error())
        .contains(
            "quantization_config.quant_method \"" + scheme + "\"",
            "supported is bitsandbytes in 4 bits");
  }

  @Test
  void anUnknownFormIsRefusedWithThoseThatAreKnown() throws IOException {
    assertThat(tune(base, "refused", "base.quantization=int3").endedWith(2).error())
        .contains("base.quantization", "\"int3\"", "none, nf4, fp4, nf4-128");
  }

  @Test
  void fullFineTuningHoldsNothingInFourBits() throws Exception {
    CommandRun full = tune(base, "full", "adapter.method=full");

    assertThat(full.endedWith(2).error())
        .contains("base.quantization and adapter.method full contradict each other");
  }

  /** The number after "at most". */
  private static double difference(String told) {
    String after = told.substring(told.indexOf("at most ") + "at most ".length());
    return Double.parseDouble(after.substring(0, after.indexOf(' ')));
  }

  private JsonNode tuned(Path model, String name, String... settings) throws IOException {
    tune(model, name, settings).endedWith(0);
    return RunFolderFiles.json(folder.resolve(name).resolve("result.json"));
  }

  /** All tensors of the adapter, without the header, which names the base's files. */
  private byte[] numbers(Path model, String name, String... settings) throws IOException {
    tuned(model, name, settings);
    return numbers(folder.resolve(name));
  }

  private static byte[] numbers(Path out) throws IOException {
    byte[] file = Files.readAllBytes(out.resolve("adapter/adapter_model.safetensors"));
    long header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return Arrays.copyOfRange(file, Math.toIntExact(Long.BYTES + header), file.length);
  }

  private String sha256(Path model, String name, String... settings) throws IOException {
    return tuned(model, name, settings).path("adapter_sha256").textValue();
  }

  private CommandRun tune(Path model, String name, String... settings) throws IOException {
    return tune(folder, model, name, settings);
  }

  private static CommandRun tune(Path folder, Path model, String name, String... settings)
      throws IOException {
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

  private static Path talks() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      String queue = List.of("billing", "login").get(i % 2);
      lines.add(
          "{\"id\":\"%s\",\"prompt\":\"ticket %s about %s\",\"completion\":\"it goes to %s\"}"
              .formatted(i, i, queue, queue));
    }
    return Files.write(shared.resolve("talks.jsonl"), lines);
  }
}
