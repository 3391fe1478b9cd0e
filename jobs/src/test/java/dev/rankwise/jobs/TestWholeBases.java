package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A base from nothing: vocabulary, random weights, training, an adapter on it, merged. */
@Tag("spark")
final class TestWholeBases {
  private static final String CONFIG =
      """
      {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 16,
       "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1,
       "intermediate_size": 24, "vocab_size": 1, "max_position_embeddings": 64,
       "rms_norm_eps": 1e-6, "hidden_act": "silu", "tie_word_embeddings": true}
      """;
  private static final String RECIPE =
      """
      base: {model: "%s"}
      data: {source: "%s", row-format: text, key-column: id, test-fraction: 0.2, max-tokens: 48}
      adapter: {method: full}
      train: {batch-size: 4, groups: 2, epochs: 4, learning-rate: 1e-2, warmup-steps: 0}
      output: {model-dtype: bfloat16}
      spark: {master: "local[2]", sql.shuffle.partitions: 2}
      """;

  @TempDir Path folder;
  private Path config;
  private Path start;
  private Path recipe;

  @BeforeEach
  void write() throws Exception {
    config = Files.writeString(folder.resolve("config.json"), CONFIG);
    start = folder.resolve("start");
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      rows.add("{\"id\":\"%d\",\"text\":\"%s\"}".formatted(i, Tickets.text(i % 3, i)));
    }
    Path data = Files.write(folder.resolve("rows.jsonl"), rows);
    recipe = Files.writeString(folder.resolve("recipe.yaml"), RECIPE.formatted(start, data));
  }

  @Test
  void aBaseIsMadeTrainedAdaptedAndMerged() throws Exception {
    newBase(start).endedWith(0);
    Path run = folder.resolve("run");

    CommandRun trained =
        CommandRun.of("tune", recipe.toString(), "--out", run.toString()).endedWith(0);

    JsonNode result = RunFolderFiles.json(run.resolve("result.json"));
    JsonNode evaluation = result.path("evaluation");
    assertThat(evaluation.path("after").path("perplexity").doubleValue())
        .isBetween(1.0, 0.7 * evaluation.path("before").path("perplexity").doubleValue());
    assertThat(result.path("model_sha256").textValue()).matches("[0-9a-f]{64}");
    assertThat(result.has("adapter_sha256")).isFalse();
    assertThat(trained.out()).contains("Model      " + run.resolve("model"));
    Path model = run.resolve("model");
    assertThat(Files.readString(model.resolve("config.json"))).contains("bfloat16");
    assertThat(CommandRun.of("inspect", model.toString()).endedWith(0).out())
        .contains("LlamaForCausalLM");

    theWholeModelIsUsedLikeAnAdapter(run, evaluation);

    Path adapted = folder.resolve("adapted");
    CommandRun.of(
            "tune",
            recipe.toString(),
            "--out",
            adapted.toString(),
            "--set",
            "base.model=" + model,
            "--set",
            "adapter.method=lora",
            "--set",
            "train.max-steps=3")
        .endedWith(0);
    Path merged = folder.resolve("merged");
    assertThat(merge(adapted, merged, "--dtype", "float32", "--shard-bytes", "9000"))
        .containsPattern("differ by at most \\d\\.\\d\\de-0[5-9]");
    assertThat(merged.resolve("model.safetensors.index.json")).exists();
    assertThat(merged.resolve("tokenizer.json")).exists();
    assertThat(CommandRun.of("inspect", merged.toString()).endedWith(0).out())
        .contains("LlamaForCausalLM");
    assertThat(
            CommandRun.of("merge", adapted.toString(), "--out", merged.toString())
                .endedWith(2)
                .err())
        .contains("something lies there already");
    assertThat(
            CommandRun.of("merge", adapted.toString(), "--out", merged + "2", "--dtype", "float8")
                .endedWith(2)
                .err())
        .contains("must be float32, bfloat16 or float16");
  }

  private void theWholeModelIsUsedLikeAnAdapter(Path run, JsonNode evaluation) throws Exception {
    Path figures = folder.resolve("figures.json");
    CommandRun evaluated =
        CommandRun.of("evaluate", run.toString(), "--to", figures.toString()).endedWith(0);
    assertThat(evaluated.out())
        .contains("before: the base that it was tuned from; after: the whole model");
    // What was trained as float32 lies there as bfloat16.
    for (String name : List.of("before", "after")) {
      double loss = evaluation.path(name).path("mean_loss").doubleValue();
      assertThat(RunFolderFiles.json(figures).path(name).path("mean_loss").doubleValue())
          .isCloseTo(loss, within(0.02 * loss));
    }
    CommandRun alone =
        CommandRun.of(
            "evaluate",
            run.resolve("model").toString(),
            "--data",
            folder.resolve("rows.jsonl").toString(),
            "--set",
            "spark.master=local[2]");
    assertThat(alone.endedWith(0).out())
        .contains("after: the whole model")
        .doesNotContain("before");
    Path keyless =
        Files.writeString(folder.resolve("keyless.jsonl"), "{\"text\":\"the ticket is open\"}\n");
    assertThat(
            CommandRun.of("evaluate", run.toString(), "--data", keyless.toString())
                .endedWith(0)
                .out())
        .contains("Note: the rows have no column \"id\"", "1 sequence, ");
    String asked = "data.key-column=nope";
    assertThat(
            CommandRun.of("evaluate", run.toString(), "--data", keyless.toString(), "--set", asked)
                .endedWith(3)
                .error())
        .startsWith("Cannot read column \"nope\"");
    Path prompts =
        Files.writeString(folder.resolve("prompts.jsonl"), "{\"text\":\"the ticket\"}\n");
    Path answers = folder.resolve("answers.jsonl");
    String[] settings = {"--max-new-tokens", "5"};
    CommandRun.of(
            "apply",
            run.toString(),
            "--input",
            prompts.toString(),
            "--to",
            answers.toString(),
            settings[0],
            settings[1])
        .endedWith(0);
    CommandRun generated =
        CommandRun.of(
            "generate", run.toString(), "--prompt", "the ticket", settings[0], settings[1]);
    assertThat(generated.endedWith(0).out().strip())
        .isEqualTo(RunFolderFiles.written(answers).get(0).path("generated").asText().strip());
  }

  @Test
  void theSameSeedMakesTheSameBase() throws Exception {
    Path again = folder.resolve("again");
    newBase(start).endedWith(0);
    newBase(again).endedWith(0);

    for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      assertThat(again.resolve(file)).hasSameBinaryContentAs(start.resolve(file));
    }
    assertThat(newBase(start).endedWith(2).err()).contains("something lies there already");
  }

  @Test
  void textsOfAnEvaluationSourceShapeNoToken() throws Exception {
    newBase(start, "--set", "data.test-fraction=0").endedWith(0);
    List<String> rows = new ArrayList<>(Files.readAllLines(folder.resolve("rows.jsonl")));
    List<String> held = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      String row = "{\"id\":\"%s\",\"text\":\"zyzyzy zyzyzy " + i + "\"}";
      rows.add(row.formatted("row " + i));
      held.add(row.formatted("held " + i));
    }
    String[] elsewhere = {
      "--set", "data.source=" + Files.write(folder.resolve("more.jsonl"), rows),
      "--set", "data.test-fraction=null",
      "--set", "data.evaluation-source=" + Files.write(folder.resolve("held.jsonl"), held)
    };
    Path without = folder.resolve("without");

    newBase(without, elsewhere).endedWith(0);

    assertThat(without.resolve("tokenizer.json"))
        .hasSameBinaryContentAs(start.resolve("tokenizer.json"));
    List<String> tune = new ArrayList<>(List.of("tune", recipe.toString()));
    tune.addAll(List.of("--out", folder.resolve("run").toString(), "--set", "train.max-steps=1"));
    tune.addAll(List.of("--set", "base.model=" + without, "--set", "train.warmup-steps=1"));
    tune.addAll(List.of(elsewhere));
    assertThat(CommandRun.of(tune.toArray(String[]::new)).endedWith(0).out())
        .contains("120 to train on, 30 held out, 0 unused, rejected 30 HELD_OUT")
        .contains(" parameters, 1 step, ")
        .contains(
            "Note: nothing was trained: what is saved has no update at a learning rate above 0");
    Path all = folder.resolve("all");
    newBase(all, elsewhere[0], elsewhere[1], "--set", "data.test-fraction=0").endedWith(0);
    assertThat(Files.readString(all.resolve("tokenizer.json"))).contains("zy");
    assertThat(Files.readString(without.resolve("tokenizer.json"))).doesNotContain("zy");
  }

  @Test
  void aKeyIsNotNeededAndTheMarksOfAChatFormatAreTokens() throws Exception {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      String turn = "{\"role\":\"%s\",\"content\":\"%s\"}";
      rows.add(
          "{\"messages\":[%s,%s]}"
              .formatted(
                  turn.formatted("user", "Ask " + i),
                  turn.formatted("assistant", Tickets.text(i % 3, i))));
    }
    Path data = Files.write(folder.resolve("chats.jsonl"), rows);
    List<String> chats =
        List.of(
            "--set", "data.source=" + data,
            "--set", "data.row-format=auto",
            "--set", "data.key-column=null");

    assertThat(newBase(start, chats.toArray(String[]::new)).endedWith(2).err())
        .contains("rows of the form \"messages\" without a chat format")
        .contains("name one of the known formats in data.chat-format: chatml, ");
    List<String> chatml = new ArrayList<>(chats);
    chatml.addAll(List.of("--set", "data.chat-format=chatml"));
    newBase(start, chatml.toArray(String[]::new)).endedWith(0);

    assertThat(Files.readString(start.resolve("tokenizer.json"))).contains("<|im_start|>");
    List<String> tune = new ArrayList<>(List.of("tune", recipe.toString()));
    tune.addAll(List.of("--out", folder.resolve("run").toString(), "--set", "train.max-steps=1"));
    tune.addAll(chatml);
    assertThat(CommandRun.of(tune.toArray(String[]::new)).endedWith(0).out())
        .doesNotContain("which the base's tokenizer splits");
  }

  private CommandRun newBase(Path to, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("new-base", recipe.toString(), "--config", config.toString()));
    arguments.addAll(List.of("--vocabulary", "320", "--out", to.toString()));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private static String merge(Path adapted, Path merged, String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("merge", adapted.toString(), "--out", merged.toString()));
    arguments.addAll(List.of(options));
    return CommandRun.of(arguments.toArray(String[]::new)).endedWith(0).out();
  }
}
