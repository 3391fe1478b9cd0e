package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of two tasks whose answers contradict each other, through every command that meets them. */
@Tag("spark")
final class TestTuneTasks {
  private static final String TEXT =
      """
      base: {model: ../models/dictionary}
      data:
        tasks:
          here: {source: "%s"}
          there: {source: "%s", weight: 2}
        row-format: prompt-completion
        key-column: id
        test-fraction: 0.25
        max-tokens: 48
        packing: none
      adapter:
        method: moe-lora
        router: task
        rank: 2
        alpha: 8
        experts: 3
        targets: all-linear
      train: {batch-size: 8, groups: 2, micro-batch-tokens: 128, epochs: 12, learning-rate: 2e-2}
      spark: {master: "local[2]", sql.shuffle.partitions: 2}
      """;

  @TempDir Path folder;
  private Path recipe;
  private Path here;

  @BeforeEach
  void write() throws IOException {
    here = rows("here.jsonl", "billing");
    recipe =
        Files.writeString(
            folder.resolve("recipe.yaml"), TEXT.formatted(here, rows("there.jsonl", "shipping")));
  }

  /** The same questions in both tasks, with another answer. */
  private Path rows(String name, String answer) throws IOException {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      rows.add(
          "{\"id\":%s,\"prompt\":\"ticket %s goes to\",\"completion\":\" %s\"}"
              .formatted(i, i % 7, answer));
    }
    return Files.write(folder.resolve(name), rows);
  }

  @Test
  void aRouterByTaskAnswersEachTaskInItsOwnWay() throws IOException {
    Path run = folder.resolve("run");
    CommandRun tuned = CommandRun.of("tune", recipe.toString(), "--out", run.toString());
    assertThat(tuned.endedWith(0).out()).contains("texts trained on and held out: here ");

    JsonNode evaluation = RunFolderFiles.json(run.resolve("evaluation.json"));
    for (String task : List.of("here", "there")) {
      assertThat(perplexity(evaluation.path("after").path("tasks").path(task)))
          .isLessThan(perplexity(evaluation.path("before").path("tasks").path(task)) / 4);
    }
    JsonNode manifest = RunFolderFiles.json(run.resolve("data/manifest.json"));
    assertThat(manifest.path("tasks")).hasSize(2);
    JsonNode counts = manifest.path("train").path("task_counts");
    assertThat(counts.path(1).path("texts").longValue())
        .isEqualTo(2 * counts.path(0).path("texts").longValue());
    assertThat(Files.readString(run.resolve("adapter/adapter_config.json")))
        .contains("\"format_version\": 2", "\"num_tasks\": 2", "\"router\": \"task\"")
        .containsPattern("\"task_names\": \\[\\s+\"here\",\\s+\"there\"");
    assertThat(Files.readString(run.resolve("report.html")))
        .contains("Task by task", "Weight of experts by router, task here");
    JsonNode gates = evaluation.path("task_gates").path("there");
    assertThat(gates.size()).isPositive();
    gates.forEach(
        gate -> {
          assertThat(gate).hasSize(3);
          assertThat(gate.path(0).doubleValue() + gate.path(1).doubleValue())
              .isLessThan(1)
              .isCloseTo(1 - gate.path(2).doubleValue(), within(1e-9));
        });

    assertThat(answer(run, "here")).contains("billing").doesNotContain("shipping");
    assertThat(answer(run, "there")).contains("shipping").doesNotContain("billing");
    assertThat(generate(run).endedWith(2).error())
        .contains("Missing task: the adapter routes by the tasks here, there; name one of them");
    assertThat(generate(run, "--task", "nowhere").endedWith(2).error())
        .contains("Unknown task: \"nowhere\" (the adapter routes by the tasks here, there)");

    assertThat(CommandRun.of("inspect", run.resolve("adapter").toString()).endedWith(0).out())
        .containsPattern("experts of a token +3\n +tasks +\\[here, there\\]");
    assertThat(CommandRun.of("inspect", run.resolve("data").toString()).endedWith(0).out())
        .containsPattern("task there +[0-9]+ texts to train on, [0-9]+ held out");
    evaluates(run, evaluation.path("after"));
    applies(run);
    appliesByColumn(run);
    isTheSameOnOneCore(run);
  }

  private void evaluates(Path run, JsonNode after) throws IOException {
    Path figures = folder.resolve("figures.json");
    CommandRun again = CommandRun.of("evaluate", run.toString(), "--to", figures.toString());
    assertThat(again.endedWith(0).out()).contains("perplexity by task", "there");
    assertThat(RunFolderFiles.json(figures).path("after").path("tasks"))
        .isEqualTo(after.path("tasks"));
    Path own = folder.resolve("own.json");
    List<Double> perplexities = new ArrayList<>();
    for (String task : List.of("here", "there")) {
      CommandRun.of(
              "evaluate",
              run.toString(),
              "--data",
              here.toString(),
              "--task",
              task,
              "--to",
              own.toString())
          .endedWith(0);
      perplexities.add(perplexity(RunFolderFiles.json(own).path("after")));
    }
    assertThat(perplexities.get(0)).isLessThan(perplexities.get(1));
    Path both = both("here", "there");
    CommandRun.of(
            "evaluate",
            run.toString(),
            "--data",
            both.toString(),
            "--task-column",
            "kind",
            "--to",
            own.toString())
        .endedWith(0);
    JsonNode named = RunFolderFiles.json(own);
    assertThat(named.path("rows").path("rejected").path("UNKNOWN_TASK").longValue()).isEqualTo(1);
    assertThat(perplexity(named.path("after").path("tasks").path("here")))
        .isCloseTo(perplexities.get(0), within(1e-4 * perplexities.get(0)));
    assertThat(perplexity(named.path("after").path("tasks").path("there")))
        .isCloseTo(perplexities.get(1), within(1e-4 * perplexities.get(1)));
    assertThat(
            CommandRun.of(
                    "evaluate",
                    run.toString(),
                    "--data",
                    both.toString(),
                    "--task-column",
                    "kind",
                    "--task",
                    "here")
                .endedWith(2)
                .error())
        .contains("--task names the task of all rows, and --task-column a column that does");
    assertThat(
            CommandRun.of("evaluate", run.toString(), "--data", here.toString())
                .endedWith(2)
                .error())
        .contains("Missing task: the adapter routes by the tasks here, there");
    assertThat(CommandRun.of("evaluate", run.toString(), "--task", "here").endedWith(2).error())
        .contains("--task is for rows that --data names");
  }

  /** The rows of {@code here}, each once for each task, and one of no task that there is. */
  private Path both(String... tasks) throws IOException {
    List<String> rows = new ArrayList<>();
    for (String task : tasks) {
      Files.readAllLines(here)
          .forEach(row -> rows.add("{\"kind\":\"%s\",%s".formatted(task, row.substring(1))));
    }
    rows.add(
        "{\"kind\":\"nowhere\",\"id\":99,\"prompt\":\"ticket 1 goes to\",\"completion\":\" b\"}");
    return Files.write(folder.resolve("both.jsonl"), rows);
  }

  private List<String> lines(Path written) throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> parts = Files.list(written)) {
      for (Path part : parts.filter(it -> it.toString().endsWith(".json")).toList()) {
        lines.addAll(Files.readAllLines(part));
      }
    }
    return lines;
  }

  private void appliesByColumn(Path run) throws IOException {
    Path to = folder.resolve("by-column.jsonl");
    CommandRun.of(
            "apply",
            run.toString(),
            "--input",
            both("here", "there").toString(),
            "--to",
            to.toString(),
            "--task-column",
            "kind",
            "--max-new-tokens",
            "4")
        .endedWith(0);
    List<String> written = lines(to);
    assertThat(written).hasSize(81);
    for (String line : written) {
      if (line.contains("\"kind\":\"nowhere\"")) {
        assertThat(line).contains("\"finish\":\"task-unknown\"", "\"generated\":null");
      } else {
        boolean ofHere = line.contains("\"kind\":\"here\"");
        assertThat(line.replace("\"completion\":\" billing\"", ""))
            .contains(ofHere ? "billing" : "shipping")
            .doesNotContain(ofHere ? "shipping" : "billing");
      }
    }
    assertThat(
            CommandRun.of(
                    "apply",
                    run.toString(),
                    "--input",
                    here.toString(),
                    "--to",
                    folder.resolve("no-column.jsonl").toString(),
                    "--task-column",
                    "kind")
                .endedWith(3)
                .error())
        .contains("Cannot find column \"kind\" in the table");
  }

  private void applies(Path run) throws IOException {
    Path to = folder.resolve("applied.jsonl");
    CommandRun.of(
            "apply",
            run.toString(),
            "--input",
            here.toString(),
            "--to",
            to.toString(),
            "--task",
            "there",
            "--max-new-tokens",
            "4")
        .endedWith(0);
    assertThat(lines(to)).hasSize(40).allMatch(line -> line.contains("shipping"));
    assertThat(
            CommandRun.of(
                    "apply",
                    run.toString(),
                    "--input",
                    here.toString(),
                    "--to",
                    folder.resolve("none.jsonl").toString())
                .endedWith(2)
                .error())
        .contains("Missing task: the adapter routes by the tasks here, there");
  }

  private void isTheSameOnOneCore(Path run) throws IOException {
    Path again = folder.resolve("again");
    CommandRun.of(
            "tune", recipe.toString(), "--out", again.toString(), "--set", "spark.master=local[1]")
        .endedWith(0);
    assertThat(RunFolderFiles.json(again.resolve("result.json")).path("adapter_sha256"))
        .isEqualTo(RunFolderFiles.json(run.resolve("result.json")).path("adapter_sha256"));
  }

  @Test
  void oneSourceThatNamesItsTasksIsReadSoByEveryCommand() throws IOException {
    Path one =
        Files.writeString(
            folder.resolve("one.yaml"),
            Files.readString(recipe)
                .replaceAll(
                    "tasks:\\n.*\\n.*\\n",
                    "source: \"%s\"\n  task-column: kind\n  tasks: {here: {}, there: {weight: 2}}\n"
                        .formatted(both("here", "there"))));
    Path run = folder.resolve("one");
    CommandRun.of("tune", one.toString(), "--out", run.toString(), "--set", "train.max-steps=2")
        .endedWith(0);

    JsonNode manifest = RunFolderFiles.json(run.resolve("data/manifest.json"));
    assertThat(manifest.path("tasks")).hasSize(2);
    assertThat(manifest.path("funnel").path("rejected").path("UNKNOWN_TASK").longValue())
        .isEqualTo(1);
    Path figures = folder.resolve("figures.json");
    CommandRun.of(
            "evaluate",
            run.toString(),
            "--data",
            both("there").toString(),
            "--to",
            figures.toString())
        .endedWith(0);
    assertThat(RunFolderFiles.json(figures).path("after").path("tasks").path("there").isObject())
        .isTrue();
    Path to = folder.resolve("applied.jsonl");
    CommandRun.of(
            "apply",
            run.toString(),
            "--input",
            both("here", "there").toString(),
            "--to",
            to.toString(),
            "--max-new-tokens",
            "1")
        .endedWith(0);
    assertThat(lines(to)).hasSize(81).anyMatch(line -> line.contains("task-unknown"));
  }

  @Test
  void aMixtureOfAllKindsIsTunedReportedAndTheSameOnOneCore() throws IOException {
    List<String> kinds =
        List.of(
            "adapter.router=token",
            "adapter.experts=4",
            "adapter.top-k=4",
            "adapter.use-dora=true",
            "adapter.router-scope=block-and-module",
            "adapter.task-groups={here: first, there: second}",
            "train.epochs=1");
    List<JsonNode> hashes = new ArrayList<>();
    for (String master : List.of("local[2]", "local[1]")) {
      Path run = folder.resolve("kinds " + hashes.size());
      List<String> arguments =
          new ArrayList<>(List.of("tune", recipe.toString(), "--out", run.toString()));
      kinds.forEach(setting -> arguments.addAll(List.of("--set", setting)));
      arguments.addAll(List.of("--set", "spark.master=" + master));
      CommandRun.of(arguments.toArray(String[]::new)).endedWith(0);
      hashes.add(RunFolderFiles.json(run.resolve("result.json")).path("adapter_sha256"));
    }
    assertThat(hashes.get(1)).isEqualTo(hashes.get(0));
    Path run = folder.resolve("kinds 0");
    JsonNode step = RunFolderFiles.jsonLines(run.resolve("metrics.jsonl")).get(0);
    assertThat(step.path("balance_loss").doubleValue()).isPositive();
    assertThat(step.path("router_load").path(0)).hasSize(4);
    assertThat(Files.readString(run.resolve("adapter/adapter_config.json")))
        .contains("\"format_version\": 3", "\"use_dora\": true", "\"task_groups\": [");
    assertThat(Files.readString(run.resolve("adapter/experts/3/adapter_config.json")))
        .contains("\"peft_type\": \"LORA\"", "\"use_dora\": true");
    assertThat(generate(run).endedWith(0).out()).isNotBlank();
  }

  @Test
  void aRouterByTokensIsMeasuredTaskByTask() throws IOException {
    Path run = folder.resolve("run");
    CommandRun.of(
            "tune",
            recipe.toString(),
            "--out",
            run.toString(),
            "--set",
            "adapter.router=token",
            "--set",
            "train.epochs=1")
        .endedWith(0);

    JsonNode tasks =
        RunFolderFiles.json(run.resolve("evaluation.json")).path("after").path("tasks");
    int routers = tasks.path("here").path("router_load").size();
    assertThat(routers).isPositive();
    assertThat(tasks.path("there").path("router_load")).hasSize(routers);
    assertThat(Files.readString(run.resolve("report.html")))
        .contains("Load of experts by router, task here", "Load of experts by router, task there");
    assertThat(Files.readString(run.resolve("adapter/adapter_config.json")))
        .contains("\"format_version\": 1")
        .doesNotContain("task_names");
    assertThat(generate(run, "--task", "here").endedWith(2).error())
        .contains("Cannot use --task here: no adapter here routes by tasks; leave it out");
  }

  private static double perplexity(JsonNode figures) {
    return figures.path("perplexity").doubleValue();
  }

  private static String answer(Path run, String task) {
    return generate(run, "--task", task).endedWith(0).out();
  }

  private static CommandRun generate(Path run, String... options) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "generate",
                run.toString(),
                "--prompt",
                "ticket 1 goes to",
                "--max-new-tokens",
                "4"));
    arguments.addAll(List.of(options));
    return CommandRun.of(arguments.toArray(String[]::new));
  }
}
