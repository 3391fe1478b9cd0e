package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A causal decoder is tuned on conversations, from rows to the adapter. */
@Tag("spark")
final class TestTuneDecoder {
  private static final int TALKS = 80;
  private static final String TEXT =
      """
      base: {model: "%s"}
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
  private static Path recipe;

  /** What the recipe leaves, made once; nobody changes it. */
  private static Path run;

  private static CommandRun command;

  @TempDir Path folder;

  @BeforeAll
  static void tuneOnce() throws IOException {
    base = TinyBase.decoder(shared, 4);
    recipe = recipe(base, "");
    run = shared.resolve("run");
    command = CommandRun.of("tune", "" + recipe, "--out", "" + run).endedWith(0);
  }

  @Test
  void theAdapterForeseesTheAnswersBetterThanTheBase() throws Exception {
    Path out = run;
    JsonNode result = RunFolderFiles.json(out.resolve("result.json"));
    JsonNode before = result.path("evaluation").path("before");
    JsonNode after = result.path("evaluation").path("after");
    assertThat(after.path("perplexity").doubleValue())
        .isBetween(1.0, 0.5 * before.path("perplexity").doubleValue());
    assertThat(after.path("examples")).isEqualTo(before.path("examples"));
    assertThat(result.path("target_tokens_per_second").doubleValue()).isPositive();
    assertThat(command.out())
        .contains("Perplexity ", " → ", "(base alone → adapter)")
        .contains(
            "Note: chat format \"chatml\" writes <|im_start|> and <|im_end|>, which the base's");
    JsonNode evaluation = RunFolderFiles.json(out.resolve("evaluation.json"));
    assertThat(evaluation.path("after").path("targets").longValue()).isPositive();
    String report = Files.readString(out.resolve("report.html"));
    assertThat(report)
        .contains("Perplexity of", "base as it came", "AutoModelForCausalLM", "What it writes")
        .contains("it goes to")
        .doesNotContain("Macro F1", "sort texts into");
    assertThat(Files.readString(out.resolve("adapter/adapter_config.json")))
        .contains("\"task_type\": \"CAUSAL_LM\"");
    assertThat(CommandRun.of("inspect", out.toString()).endedWith(0).out())
        .contains("perplexity before", "perplexity after");
    Path merged = folder.resolve("merged");
    assertThat(
            CommandRun.of("merge", out.toString(), "--out", merged.toString()).endedWith(0).out())
        .contains("ends with \"<|im_end|>\", several tokens");
    assertThat(merged.resolve("generation_config.json")).doesNotExist();
  }

  @Test
  void bytesAreTheSameForAnyNumberOfTasksAndWhetherActivationsAreKept() throws Exception {
    String once = adapter(run);

    assertThat(adapter("again", "spark.master=local[1]")).isEqualTo(once);
    assertThat(adapter("recomputed", "train.activations=recomputed")).isEqualTo(once);
    assertThat(adapter("other", "train.seed=1")).isNotEqualTo(once);
  }

  @Test
  void evaluatesAgainToTheSameFiguresAndOnOtherRows() throws Exception {
    JsonNode first = RunFolderFiles.json(run.resolve("evaluation.json"));
    Path to = folder.resolve("again.json");

    CommandRun again =
        CommandRun.of("evaluate", run.toString(), "--to", to.toString()).endedWith(0);

    assertThat(again.out()).contains("perplexity", "token accuracy", "adapter off");
    JsonNode figures = RunFolderFiles.json(to);
    assertThat(figures.path("after")).isEqualTo(first.path("after"));
    assertThat(figures.path("adapter_off")).isEqualTo(first.path("before"));
    CommandRun other =
        CommandRun.of("evaluate", run.toString(), "--data", talks("other", 200).toString());
    assertThat(other.endedWith(0).out()).contains("targets", "perplexity");
  }

  @Test
  void anAdapterByItselfIsMeasuredOnRowsWithoutIds() throws Exception {
    Path rows =
        Files.write(
            folder.resolve("pairs.jsonl"),
            List.of(
                "{\"prompt\":\"a ticket about billing\",\"completion\":\"it goes to billing\"}"));

    CommandRun told =
        CommandRun.of(
            "evaluate",
            run.resolve("adapter").toString(),
            "--base",
            base.toString(),
            "--data",
            rows.toString());

    assertThat(told.endedWith(0).out()).contains("1 sequence, ", "perplexity", "adapter off");
    refusesWhatSaysNothingOfItsRows(rows, "--text-column", "prompt", "Cannot use --text-column");
    refusesWhatSaysNothingOfItsRows(rows, "--row-format", "labelled", "name a form of");
    refusesWhatSaysNothingOfItsRows(rows, "--row-format", "nonsense", "must be one of labelled");
    refusesWhatSaysNothingOfItsRows(rows, "--max-tokens", "many", "must be a whole number");
  }

  private static void refusesWhatSaysNothingOfItsRows(
      Path rows, String option, String value, String words) {
    CommandRun told =
        CommandRun.of("evaluate", run.toString(), "--data", rows.toString(), option, value);
    assertThat(told.endedWith(2).error()).contains(words);
  }

  /** Short, or named otherwise than in the run: asked for, it is so. */
  @Test
  void rowsOfAnotherFormAreMeasuredAsTheOptionsSay() throws Exception {
    Path rows =
        Files.write(
            folder.resolve("messages.jsonl"),
            List.of(
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a ticket about billing\"},"
                    + "{\"role\":\"assistant\",\"content\":\"it goes to billing\"}]}"));

    CommandRun told =
        CommandRun.of(
            "evaluate",
            run.toString(),
            "--data",
            rows.toString(),
            "--row-format",
            "messages",
            "--chat-format",
            "zephyr",
            "--max-tokens",
            "40");

    assertThat(told.endedWith(0).out()).contains("1 sequence, ", "perplexity");
  }

  @Test
  void aTableGetsWhatTheAdapterAnswers() throws Exception {
    Path prompts =
        Files.write(
            folder.resolve("prompts.csv"),
            List.of("id,ask", "1,ticket 7 about billing", "2,", "3," + "so ".repeat(90)));
    Path to = folder.resolve("answers.jsonl");

    CommandRun told =
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
            "6");

    assertThat(told.endedWith(0).out()).contains("Generated  column \"generated\" in " + to);
    List<JsonNode> answers = RunFolderFiles.written(to);
    assertThat(answers)
        .extracting(answer -> answer.path("id").asText())
        .containsExactly("1", "2", "3");
    CommandRun one =
        CommandRun.of(
            "generate",
            run.toString(),
            "--prompt",
            "ticket 7 about billing",
            "--max-new-tokens",
            "6");
    assertThat(one.endedWith(0).out())
        .as("both put a prompt as the training data did")
        .contains(answers.get(0).path("generated").asText());
    assertThat(answers.get(1).path("finish").asText()).isEqualTo("prompt-empty");
    assertThat(answers.get(2).path("finish").asText()).isEqualTo("prompt-too-long");
    assertThat(answers.get(2).path("generated").isNull()).isTrue();
    theSameFromRowsOfTrainingData(answers.get(0).path("generated").asText());
  }

  @Test
  void theBaseAloneIsAskedInTheFormatOfTheRunThatIsNamed() throws Exception {
    String messages = "{\"messages\":[{\"role\":\"user\",\"content\":\"ticket 7\"}]}";
    Path prompts = Files.writeString(folder.resolve("prompts.jsonl"), messages);
    String[] asked = {"--prompts", "" + prompts, "--max-new-tokens", "4"};

    CommandRun both =
        CommandRun.of(
            "generate", "" + run, asked[0], asked[1], asked[2], asked[3], "--adapter", "base");
    CommandRun alone =
        CommandRun.of(
            "generate",
            "" + base,
            asked[0],
            asked[1],
            asked[2],
            asked[3],
            "--chat-format",
            "chatml");

    assertThat(both.endedWith(0).out()).contains(alone.endedWith(0).out().strip());
  }

  private void theSameFromRowsOfTrainingData(String answer) throws IOException {
    Path rows =
        Files.write(
            folder.resolve("rows.jsonl"),
            List.of(
                "{\"messages\":[{\"role\":\"user\",\"content\":\"ticket 7 about billing\"},"
                    + "{\"role\":\"assistant\",\"content\":\"left out\"}]}",
                "{\"messages\":[{\"role\":\"assistant\",\"content\":\"nobody asked\"}]}"));
    Path to = folder.resolve("of-rows.jsonl");

    CommandRun.of(
            "apply",
            run.toString(),
            "--input",
            rows.toString(),
            "--to",
            to.toString(),
            "--max-new-tokens",
            "6")
        .endedWith(0);

    List<JsonNode> answers = RunFolderFiles.written(to);
    assertThat(answers.get(0).path("generated").asText()).isEqualTo(answer);
    assertThat(answers.get(1).path("finish").asText()).isEqualTo("prompt-malformed");
  }

  @Test
  void theBestModelIsKeptAndARunEndsThatGetsNoBetter() throws Exception {
    String[] settings = {
      "train.epochs=12", "train.learning-rate=0.3", "evaluate.every-steps=4", "evaluate.patience=2"
    };
    CommandRun best = tune("best", settings).endedWith(0);

    Path out = folder.resolve("best");
    JsonNode result = RunFolderFiles.json(out.resolve("result.json"));
    JsonNode evaluation = RunFolderFiles.json(out.resolve("evaluation.json"));
    List<Double> losses =
        evaluation.path("on_the_way").findValues("mean_loss").stream()
            .map(JsonNode::doubleValue)
            .toList();
    int least = losses.indexOf(Collections.min(losses));
    assertThat(least).as("it got worse at this rate").isEqualTo(losses.size() - 3);
    assertThat(result.path("chosen_step").intValue())
        .isEqualTo(evaluation.path("on_the_way").path(least).path("step").intValue());
    assertThat(evaluation.path("after").path("mean_loss").doubleValue())
        .isEqualTo(losses.get(least));
    assertThat(RunFolderFiles.jsonLines(out.resolve("metrics.jsonl")))
        .hasSize(result.path("steps").intValue())
        .hasSizeLessThan(12 * 15);
    assertThat(best.out()).contains("on the held-out rows", ", the model of step ");
    assertThat(Files.readString(out.resolve("report.html"))).contains("Loss on held-out rows");
    String again = adapter("again", concat(settings, "spark.master=local[1]"));
    assertThat(again).isEqualTo(result.path("adapter_sha256").textValue());
  }

  @Test
  void choosingByHeldOutRowsNeedsSome() throws Exception {
    CommandRun none = tune("none", "evaluate.every-steps=2", "data.test-fraction=0");

    assertThat(none.endedWith(3).error())
        .contains("none are held out; set data.test-fraction or leave evaluate.every-steps out");
  }

  @Test
  void tasksThatTheBaseCannotDoAreRefused() throws Exception {
    Path encoder = recipe(TinyBase.withPooler(folder, 1), "row-format: messages");
    assertThat(CommandRun.of("validate", encoder.toString()).endedWith(2).err())
        .contains("Cannot predict tokens with a base of architecture BertModel");
    Path classes = recipe(base, "row-format: labelled");
    assertThat(CommandRun.of("validate", classes.toString()).endedWith(2).err())
        .contains("predicts tokens here, not classes");
  }

  @Test
  void rowsWithoutATokenToTrainOnAreTold() throws Exception {
    Path rows =
        Files.write(
            folder.resolve("questions.jsonl"),
            List.of("{\"messages\":[{\"role\":\"user\",\"content\":\"Only a question\"}]}"));

    CommandRun told = tune("told", "data.source=" + rows, "data.test-fraction=0");

    assertThat(told.endedWith(3).err()).contains("no token to train on is left");
  }

  private static String[] concat(String[] settings, String one) {
    return Stream.concat(Stream.of(settings), Stream.of(one)).toArray(String[]::new);
  }

  private CommandRun tune(String name, String... settings) {
    List<String> arguments =
        new ArrayList<>(List.of("tune", "" + recipe, "--out", "" + folder.resolve(name)));
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private String adapter(String name, String... settings) throws IOException {
    tune(name, settings).endedWith(0);
    return adapter(folder.resolve(name));
  }

  private static String adapter(Path out) throws IOException {
    return RunFolderFiles.json(out.resolve("result.json")).path("adapter_sha256").textValue();
  }

  private static Path recipe(Path model, String dataKey) throws IOException {
    String text = TEXT.formatted(model, talks("talks", 0));
    if (!dataKey.isEmpty()) {
      text = text.replace("  chat-format: chatml\n", "  chat-format: chatml\n  " + dataKey + "\n");
    }
    return Files.writeString(Files.createTempFile(shared, "recipe", ".yaml"), text);
  }

  /** Questions of several lengths, whose answers follow from a word in them. */
  private static Path talks(String name, int from) throws IOException {
    List<String> lines = new ArrayList<>();
    List<String> queues = Tickets.QUEUES;
    for (int i = from; i < from + TALKS; i++) {
      String question =
          "ticket %d %s about %s".formatted(i, "really ".repeat(i % 5), queues.get(i % 3));
      lines.add(
          ("{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"},"
                  + "{\"role\":\"assistant\",\"content\":\"it goes to %s\"}]}")
              .formatted(question, queues.get(i % 3)));
    }
    return Files.write(shared.resolve(name + ".jsonl"), lines);
  }
}
