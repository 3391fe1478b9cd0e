package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.Golden;
import dev.rankwise.models.GoldenSupport;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.PaddedCase;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.tokenizer.WordList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code generate} as a user sees it, and against what transformers and PEFT generated. */
final class TestGenerate {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private String base;

  /** A decoder of 29 words, w0 to w28; w1 begins a text, w2 ends one. */
  @BeforeEach
  void writeBase() throws IOException {
    Path written = RandomDecoder.write(folder, "llama", 3).directory().directory();
    WordList.write(written, 29);
    base = written.toString();
  }

  @TestFactory
  Stream<DynamicTest> everyGoldenBaseThatGoesOn() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path golden : Golden.folders("models")) {
      if (Files.exists(golden.resolve("generated.json"))
          && GoldenSupport.baseUncomputed(golden).isEmpty()) {
        tests.add(
            DynamicTest.dynamicTest(
                golden.getFileName().toString(), () -> goesOnAsThePeer(golden)));
      }
    }
    Golden.requireSome("bases that go on in models", tests.size(), 9);
    return tests.stream();
  }

  private void goesOnAsThePeer(Path golden) throws IOException {
    JsonNode generated = Golden.json(golden.resolve("generated.json"));
    List<String> lines = new ArrayList<>();
    generated.get("runs").forEach(run -> lines.add("{\"ids\": %s}".formatted(run.get("prompt"))));
    List<JsonNode> texts =
        written(
            golden.toString(),
            lines,
            "--ignore-end",
            "--max-new-tokens",
            generated.get("new_tokens").asText());
    assertThat(texts).hasSize(lines.size());
    for (int i = 0; i < texts.size(); i++) {
      assertThat(texts.get(i).get("tokens")).isEqualTo(generated.get("runs").get(i).get("tokens"));
      assertThat(texts.get(i).get("adapter").textValue()).isEqualTo("base");
      assertThat(texts.get(i).get("finish").textValue()).isEqualTo("length");
    }
  }

  @TestFactory
  Stream<DynamicTest> everyGoldenAdapterOnADecoder() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path golden : Golden.folders("adapters")) {
      Optional<String> uncomputed = GoldenSupport.adapterUncomputed(golden);
      if (uncomputed.isPresent()) {
        Golden.skipped(golden, uncomputed.get());
      } else if (GoldenSupport.form(golden) != BaseForm.DENSE) {
        Golden.skipped(golden, "generate holds a base as it is stored, PEFT's was in four bits");
      } else if (ModelConfig.read(GoldenSupport.base(golden).resolve("config.json")).task()
          == ModelTask.CAUSAL_LANGUAGE_MODEL) {
        tests.add(
            DynamicTest.dynamicTest(golden.getFileName().toString(), () -> scoresAsPeft(golden)));
      }
    }
    Golden.requireSome("adapters on decoders", tests.size(), 20);
    return tests.stream();
  }

  /** The next token of the adapter is the best one of PEFT's logits; the base has its own. */
  private void scoresAsPeft(Path golden) throws IOException {
    try (SafetensorsFile cases = SafetensorsFile.open(golden.resolve("cases.safetensors"))) {
      PaddedCase inputs = PaddedCase.of(cases);
      float[] logits = inputs.unpadded(cases.floats("logits"));
      int[] offsets = inputs.batch().offsets();
      int width = logits.length / inputs.batch().tokens();
      List<String> lines = new ArrayList<>();
      for (int row = 0; row < inputs.rows(); row++) {
        int[] ids = Arrays.copyOfRange(inputs.batch().ids(), offsets[row], offsets[row + 1]);
        lines.add("{\"ids\": %s}".formatted(Arrays.toString(ids)));
      }
      List<JsonNode> texts =
          written(
              GoldenSupport.base(golden).toString(),
              lines,
              "--adapter",
              "mine=" + golden,
              "--adapter",
              "base",
              "--max-new-tokens",
              "1");
      assertThat(texts).hasSize(2 * inputs.rows());
      for (int row = 0; row < inputs.rows(); row++) {
        int begin = (offsets[row + 1] - 1) * width;
        assertThat(texts.get(row).get("adapter").textValue()).isEqualTo("mine");
        assertThat(texts.get(row).get("tokens").get(0).intValue())
            .isEqualTo(best(logits, begin, width));
        assertThat(texts.get(inputs.rows() + row).get("adapter").textValue()).isEqualTo("base");
      }
    }
  }

  @Test
  void aTextIsShownAsItGrows() {
    CommandRun run = generate("--prompt", "w5 w6", "--max-new-tokens", "4").endedWith(0);
    assertThat(run.out()).matches("(w\\d+ ?){1,4}\\R");
    assertThat(generate("--prompt", "w5 w6", "--max-new-tokens", "4").out()).isEqualTo(run.out());
  }

  @Test
  void severalTextsAreShownUnderHeadings() {
    CommandRun run =
        generate("--prompt", "w5", "--prompt", "w6", "--max-new-tokens", "2").endedWith(0);
    assertThat(run.out()).contains("== prompt 1, base ==").contains("== prompt 2, base ==");
  }

  @Test
  void aBaseWithoutATokenizerShowsIds() throws IOException {
    Path prompts = Files.writeString(folder.resolve("p.jsonl"), "{\"ids\": [1, 2]}\n\n");
    Path golden = Golden.own("models/llama");
    CommandRun run =
        CommandRun.of(
                "generate",
                golden.toString(),
                "--prompts",
                prompts.toString(),
                "--max-new-tokens",
                "3",
                "--ignore-end")
            .endedWith(0);
    assertThat(run.out().trim()).matches("\\d+ \\d+ \\d+");
  }

  @Test
  void messagesAreRenderedByTheChatFormat() throws IOException {
    List<String> lines = List.of("{\"messages\": [{\"role\": \"user\", \"content\": \"w3 w4\"}]}");
    Files.writeString(
        Path.of(base).resolve("chat_template.jinja"),
        "{% for message in messages %}w9 {{ message['content'] }} {% endfor %}w8");
    List<JsonNode> rendered = written(base, lines, "--max-new-tokens", "3");
    List<JsonNode> asIs =
        written(
            base,
            List.of("{\"ids\": [9, 3, 4, 8]}", "{\"prompt\": \"w3 w4\"}"),
            "--max-new-tokens",
            "3");
    assertThat(rendered.get(0).get("tokens")).isEqualTo(asIs.get(0).get("tokens"));
    assertThat(asIs.get(1).get("tokens")).isEqualTo(asIs.get(0).get("tokens"));
    List<JsonNode> raw =
        written(
            base,
            List.of("{\"ids\": [1, 3, 4]}", "{\"prompt\": \"w3 w4\"}"),
            "--max-new-tokens",
            "3",
            "--chat-format",
            "none");
    assertThat(raw.get(1).get("tokens")).isEqualTo(raw.get(0).get("tokens"));
    assertThat(generate("--prompts", prompts(lines), "--chat-format", "none").endedWith(2).error())
        .contains("messages of prompt 1 to the model for output \"base\"")
        .contains("--chat-format");
    assertThat(
            written(base, List.of("{\"prompt\": \"w3\"}"), "--chat-format", "chatml")
                .get(0)
                .get("text"))
        .isNotNull();
  }

  @Test
  void drawnTextsRepeatWithTheirSeed() throws IOException {
    List<String> lines = List.of("{\"prompt\": \"w3\"}", "{\"prompt\": \"w4 w5\"}");
    String[] options = {"--temperature", "2", "--top-k", "20", "--top-p", "0.99", "--seed", "5"};
    assertThat(written(base, lines, options)).isEqualTo(written(base, lines, options));
  }

  @ParameterizedTest
  @CsvSource({
    "--temperature, -1, temperature is -1.0",
    "--top-p, 1.5, top-p is 1.5",
    "--top-k, -2, top-k is -2",
    "--repetition-penalty, 0, repetition penalty is 0.0",
    "--max-new-tokens, 0, Cannot generate 0 tokens",
    "--stop, '', Cannot stop at an empty text",
    "--adapter, mine, must be NAME=DIR",
    "--adapter, base=x, must be NAME=DIR",
    "--adapter, mine=nowhere, No tuned model lies at nowhere",
    "--chat-format, chatmll, Unknown chat format",
    "--chat-format, template, has no chat template of its own",
    "--dtype, float16, must be float32 or bfloat16",
  })
  void whatIsOutOfRangeIsRefused(String option, String value, String message) {
    CommandRun run = generate("--prompt", "w3", option, value).endedWith(2);
    assertThat(run.error()).contains(message);
  }

  @Test
  void promptsThatCannotGoOnAreRefused() {
    assertThat(generate("--prompt", " ").endedWith(2).error()).contains("prompt 1: it is empty");
    assertThat(generate("--prompt", "w3 ".repeat(60)).endedWith(2).error())
        .contains("it has 61 tokens, and this base takes 40");
    assertThat(generate().endedWith(2).error()).contains("neither is given");
    assertThat(generate("--prompt", "w3", "--prompts", "f").endedWith(2).error())
        .contains("both are given");
  }

  @Test
  void anAdapterOfAnotherBaseIsRefused() {
    String adapter = "mine=" + Golden.own("adapters/lora-llama");
    assertThat(generate("--prompt", "w3", "--adapter", adapter).endedWith(2).error()).isNotEmpty();
  }

  @Test
  void anUnknownAdapterIsRefused() throws IOException {
    String prompts = prompts(List.of("{\"prompt\": \"w3\", \"adapter\": \"yours\"}"));
    assertThat(generate("--prompts", prompts).endedWith(2).error())
        .contains("Prompt 1 asks for an adapter that is not given; known are base");
    assertThat(
            generate("--prompt", "w3", "--adapter", "base", "--adapter", "base")
                .endedWith(2)
                .error())
        .contains("Two adapters are named \"base\"");
  }

  @Test
  void aBaseThatIsNoDecoderIsRefused() {
    CommandRun run =
        CommandRun.of("generate", Golden.own("models/bert").toString(), "--prompt", "a")
            .endedWith(2);
    assertThat(run.error()).contains("it does not predict the next token");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{                              | is no JSON",
        "[1]                            | must be an object with one of prompt, messages, ids",
        "{\"text\": \"a\"}              | must be an object with one of prompt, messages, ids",
        "{\"prompt\": 1}                | has a prompt that is no text",
        "{\"ids\": [1.5]}               | has ids that are no token ids",
        "{\"ids\": 7}                   | has ids that are no list",
        "{\"messages\": []}             | makes no conversation",
        "{\"ids\": [1], \"adapter\": 1} | has an adapter that is no text",
      })
  void aLineThatIsNoPromptIsRefused(String line, String message) throws IOException {
    CommandRun run = generate("--prompts", prompts(List.of(line))).endedWith(3);
    assertThat(run.error()).contains("Line 1").contains(message);
  }

  @Test
  void filesWithoutPromptsAreRefused() throws IOException {
    String none = prompts(List.of(" "));
    assertThat(generate("--prompts", none).endedWith(3).error()).contains("has none");
    Path latin = Files.write(folder.resolve("l.txt"), new byte[] {'a', (byte) 0xe9, '\n'});
    assertThat(generate("--prompts", latin.toString()).endedWith(3).error()).contains("UTF-8");
    Path text = Files.writeString(folder.resolve("t.txt"), "w3\n\nw4\n");
    assertThat(generate("--prompts", text.toString(), "--max-new-tokens", "2").endedWith(0).out())
        .contains("== prompt 2, base ==");
  }

  private CommandRun generate(String... options) {
    List<String> arguments = new ArrayList<>(List.of("generate", base));
    arguments.addAll(List.of(options));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private List<JsonNode> written(String model, List<String> lines, String... options)
      throws IOException {
    Path to = Files.createTempFile(folder, "out", ".jsonl");
    List<String> arguments =
        new ArrayList<>(
            List.of("generate", model, "--prompts", prompts(lines), "--to", to.toString()));
    arguments.addAll(List.of(options));
    CommandRun run = CommandRun.of(arguments.toArray(String[]::new)).endedWith(0);
    assertThat(run.out()).matches("Wrote \\d+ texts to .+: \\d+ tokens in .+ tokens a second\\R");
    List<JsonNode> texts = new ArrayList<>();
    for (String line : Files.readAllLines(to)) {
      texts.add(JSON.readTree(line));
    }
    return texts;
  }

  private String prompts(List<String> lines) throws IOException {
    Path file = Files.createTempFile(folder, "prompts", ".jsonl");
    return Files.write(file, lines).toString();
  }

  private static int best(float[] logits, int begin, int width) {
    return IntStream.range(0, width)
        .reduce((a, b) -> logits[begin + b] > logits[begin + a] ? b : a)
        .orElseThrow();
  }
}
