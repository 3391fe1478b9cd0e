package dev.rankwise.jobs.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.spec.ExpertGroups;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Kind;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.jobs.conf.SequenceSection.TaskRows;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tasks of rows in a recipe, and routers that go by them. */
final class TestRecipeTasks {
  private static final String TEXT =
      """
      base: {model: models/dictionary}
      data:
        tasks:
          define: {source: "wordnet:words", weight: 0.5}
          name:
            source: rows.jsonl
            format: jsonl
            row-format: alpaca
            columns: {instruction: question}
            key-column: number
          category: {source: "wordnet:categories"}
        row-format: prompt-completion
        columns: {prompt: ask}
        key-column: id
      """;
  private static final String ROUTED = TEXT + "adapter: {method: moe-lora, router: task}\n";

  @Test
  void tasksAreNumberedInTheOrderWrittenAndTakeWhatTheSectionSays() {
    DataSection data = Recipe.parse(TEXT, "tasks.yaml", List.of()).data();

    assertThat(data.tasks())
        .containsExactly(
            new TaskRows(
                "define",
                "wordnet:words",
                "",
                "prompt-completion",
                Map.of("prompt", "ask"),
                "id",
                0.5,
                ""),
            new TaskRows(
                "name",
                "rows.jsonl",
                "jsonl",
                "alpaca",
                Map.of("instruction", "question"),
                "number",
                1,
                ""),
            new TaskRows(
                "category",
                "wordnet:categories",
                "",
                "prompt-completion",
                Map.of("prompt", "ask"),
                "id",
                1,
                ""));
    assertThat(data.taskSources()).hasSize(3);
    assertThat(data.task("name").weight()).isEqualTo(1);
    assertThatThrownBy(() -> data.task("synonym"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Unknown task: \"synonym\" (data.tasks has define, name, category); name one of them");
    assertThatThrownBy(data::rows)
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith(
            "Cannot read rows of several tasks as one: data.tasks names define,");
    assertThatThrownBy(() -> data.requireTasksOf(ExampleKind.LABELLED))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot use data.tasks with a base that classifies");
  }

  @Test
  void tasksOfOneSourceTakeItsRows() {
    String one =
        """
        base: {model: models/dictionary}
        data:
          source: all.jsonl
          task-column: kind
          tasks: {define: {}, name: {weight: 2, key-column: number}}
          row-format: prompt-completion
          evaluation-source: held.jsonl
        """;
    Recipe recipe = Recipe.parse(one, "one.yaml", List.of());
    DataSection data = recipe.data();

    assertThat(data.isOfSeveralSources()).isFalse();
    assertThat(data.sequences().taskColumn()).isEqualTo("kind");
    assertThat(data.tasks())
        .containsExactly(
            new TaskRows("define", "all.jsonl", "", "prompt-completion", Map.of(), "", 1, ""),
            new TaskRows("name", "all.jsonl", "", "prompt-completion", Map.of(), "number", 2, ""));
    assertThat(data.rows()).isNotNull();
    assertThat(data.evaluationRows()).isPresent();
    assertThat(Recipe.parse(recipe.toYaml(), "again.yaml", List.of()).data()).isEqualTo(data);
    assertThat(
            Recipe.parse(one.replace("task-column: kind", "task-column: sort"), "a", List.of())
                .dataSha256())
        .isNotEqualTo(recipe.dataSha256());
    DataSection held = data.heldOut("other.jsonl", "", Optional.empty());
    assertThat(held.tasks()).extracting(TaskRows::source).containsOnly("other.jsonl");
    assertThat(data.heldOut("other.jsonl", "", Optional.of(data.task("name"))).tasks()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "define: {source: rows.jsonl} | task \"define\" has a source of its own, and data.task-column"
            + " names the tasks of the rows of data.source",
        "define: {format: jsonl} | task \"define\" has a format of its own",
        "define: {} | data.source is missing"
      })
  void tasksOfOneSourceHaveNoneOfTheirOwn(String tasks, String message) {
    String text =
        "base: {model: models/dictionary}\ndata: {task-column: kind, tasks: {%s}}\n"
            .formatted(tasks);
    assertThatThrownBy(() -> Recipe.parse(text, "a.yaml", List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aColumnOfTasksNeedsTheirNames() {
    String text =
        "base: {model: models/dictionary}\ndata: {task-column: kind, source: rows.jsonl}\n";
    assertThatThrownBy(() -> Recipe.parse(text, "a.yaml", List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("data.task-column needs data.tasks beside it");
  }

  @Test
  void tasksBelongToGroupsInTheOrderInWhichTheyComeToThem() {
    String grouped =
        TEXT
            + "adapter: {method: moe-lora, experts: 4, top-k: 4, group-preference: 0.25,\n"
            + "  task-groups: {category: words, define: meaning, name: words}}\n";
    ExpertMixture mixture = Recipe.parse(grouped, "a.yaml", List.of()).adapter().spec().mixture();

    assertThat(mixture.groups()).isEqualTo(new ExpertGroups(List.of(0, 1, 1), 0.25));
    assertThat(mixture.taskNames()).containsExactly("define", "name", "category");
    assertThat(mixture.groups().ofExperts(4)).containsExactly(0, 0, 1, 1);
    assertThatThrownBy(
            () -> Recipe.parse(grouped.replace("category: words, ", ""), "a.yaml", List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(
            "adapter.task-groups groups the tasks define, name, and data.tasks names define, name,"
                + " category (must be the same); give each task its group");
    assertThatThrownBy(
            () -> Recipe.parse(grouped.replace("top-k: 4", "top-k: 2"), "a.yaml", List.of()))
        .hasMessageContaining(
            "Invalid task_groups: [0, 1, 1] where 2 of 4 experts compute a token");
  }

  @Test
  void expertsByLayerAndOfDoraAreAskedForByTheirKeys() {
    String text =
        TEXT
            + "adapter: {method: moe-lora, experts-by-layer: [2, 4], use-dora: true,\n"
            + "  router-scope: block-and-module}\n";
    Recipe recipe = Recipe.parse(text, "a.yaml", List.of());
    ExpertMixture mixture = recipe.adapter().spec().mixture();

    assertThat(mixture.byLayer()).containsExactly(2, 4);
    assertThat(mixture.experts()).isEqualTo(4);
    assertThat(mixture.kind()).isEqualTo(Kind.DORA);
    assertThat(mixture.scope()).isEqualTo(Scope.BLOCK_AND_MODULE);
    assertThat(recipe.adapter().spec().method()).isEqualTo("moe-lora");
    assertThat(Recipe.parse(recipe.toYaml(), "again.yaml", List.of()).adapter().spec().mixture())
        .isEqualTo(mixture);
    assertThatThrownBy(
            () -> Recipe.parse(text.replace("[2, 4],", "[2, 4], experts: 5,"), "a", List.of()))
        .hasMessageContaining(
            "adapter.experts is 5, and adapter.experts-by-layer says [2, 4]; leave");
    assertThatThrownBy(() -> Recipe.parse(text.replace("[2, 4]", "[1, 4]"), "a", List.of()))
        .hasMessageContaining("Invalid top_k: 2 of 1 experts");
  }

  @Test
  void aRecipeAsResolvedHasTheSameTasks() {
    Recipe recipe = Recipe.parse(ROUTED, "tasks.yaml", List.of());

    Recipe again = Recipe.parse(recipe.toYaml(), "resolved.yaml", List.of());

    assertThat(again.data()).isEqualTo(recipe.data());
    assertThat(again.sha256()).isEqualTo(recipe.sha256());
    Recipe heavier = Recipe.parse(ROUTED.replace("0.5", "0.25"), "tasks.yaml", List.of());
    assertThat(heavier.dataSha256()).isNotEqualTo(recipe.dataSha256());
  }

  @Test
  void secretsOfASourceAreNotEchoed() {
    String secret = TEXT.replace("rows.jsonl", "\"s3a://key:hidden@bucket/rows.jsonl\"");

    assertThat(Recipe.parse(secret, "tasks.yaml", List.of()).toYaml())
        .contains("bucket/rows.jsonl")
        .doesNotContain("hidden");
  }

  @Test
  void aRouterByTaskKnowsTheTasksOfTheRows() {
    ExpertMixture mixture = Recipe.parse(ROUTED, "a.yaml", List.of()).adapter().spec().mixture();

    assertThat(mixture.router()).isEqualTo(Router.TASK);
    assertThat(mixture.tasks()).isEqualTo(3);
    assertThat(mixture.taskNames()).containsExactly("define", "name", "category");
    ExpertMixture embedded =
        Recipe.parse(
                ROUTED,
                "a.yaml",
                List.of(
                    "adapter.router=task_embedding", "adapter.task-embedding=8", "adapter.tasks=3"))
            .adapter()
            .spec()
            .mixture();
    assertThat(embedded.router()).isEqualTo(Router.TASK_EMBEDDING);
    assertThat(embedded.embedding()).isEqualTo(8);
    // Whoever routes by tokens, or has no router, keeps no names.
    for (String method : List.of("moe-lora", "lora")) {
      String router = method.equals("lora") ? "task" : "token";
      ExpertMixture plain =
          Recipe.parse(
                  TEXT, "a.yaml", List.of("adapter.method=" + method, "adapter.router=" + router))
              .adapter()
              .spec()
              .mixture();
      assertThat(plain).isEqualTo(ExpertMixture.usual());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          adapter.tasks=4 | --set: adapter.tasks is 4, and data.tasks names 3 (define, name, category); leave adapter.tasks out
          data.tasks=null,data.source=a.jsonl | line 15: adapter.router task needs data.tasks beside it, which says what task each row is of; name the tasks, or set adapter.router to token
          adapter.router-scope=block | Invalid router_scope: block (a task's gate weighs all experts of a module); set it to module, or router to token
          data.source=a.jsonl | --set: data.tasks and data.source contradict each other; keep one and set the other to null
          data.evaluation-source=a.jsonl | --set: data.tasks and data.evaluation-source contradict each other; keep one and set the other to null
          data.row-format=labelled | line 3: data.tasks and data.row-format labelled contradict each other: rows of tasks are conversations or texts; leave one of them out
          """)
  void whatDoesNotFitTheTasksIsRefused(String sets, String message) {
    List<String> given = new ArrayList<>(Arrays.asList(sets.split(",")));
    if (given.contains("data.row-format=labelled")) {
      given.add("data.columns=null");
    }
    assertThatThrownBy(() -> Recipe.parse(ROUTED, "a.yaml", given))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void allThatIsWrongWithTasksIsToldAtOnce() {
    String wrong =
        """
        base: {model: models/dictionary}
        data:
          tasks:
            define: {sorce: a.jsonl, weight: 0}
            name: {source: {a: b}, format: xml, row-format: labelled, columns: prompt}
            other: {source: a.jsonl, row-format: text, columns: {prompt: b}}
            last: {source: "hf:org/rows", weight: 2}
            bare: {source: a.jsonl, key-column: null}
        """;

    assertThatThrownBy(() -> Recipe.parse(wrong, "a.yaml", List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            """
            Cannot use recipe "a.yaml": 10 problems
            - line 3: unknown setting "sorce" of task "define" (must be among source, format, row-format, columns, key-column, weight, image-column); leave it out
            - line 3: task "define" has no source; name its rows, such as a path, table:NAME or wordnet:words
            - line 3: invalid weight of task "define": "0" (must be a number above 0 and at most 1000); mend it in data.tasks
            - line 3: invalid source of task "name": "{a=b}" (must be a text; of columns a map of texts); mend it in data.tasks
            - line 3: invalid columns of task "name": "prompt" (must be a text; of columns a map of texts); mend it in data.tasks
            - line 3: invalid format of task "name": "xml" (must be one of csv, tsv, jsonl, parquet, orc, text); mend it in data.tasks
            - line 3: invalid row-format of task "name": "labelled" (must be one of messages, sharegpt, alpaca, prompt-completion, text); mend it in data.tasks
            - line 3: nothing is given as key-column of task "bare"; leave it out, or name it for those tasks alone that have one
            - Invalid data.columns: rows of the form "text" have no "prompt" (must be among text); name a column of the table for one of these
            - Cannot read rows from "hf:org/rows": data comes from a path, file:, hdfs:, s3a:, table:NAME, sql:SELECT ..., jdbc:ADDRESS#TABLE, wordnet or icons:names; copy the files to one of these places\
            """);
  }

  @Test
  void aMapOfAnotherFormIsNamedWithItsRule() {
    assertThatThrownBy(
            () ->
                Recipe.parse(
                    "base: {model: minilm}\ndata: {tasks: [a, b], source: c}\n",
                    "a.yaml",
                    List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(
            "line 2: invalid data.tasks: a list (must be a map such as {define: {source:"
                + " words.jsonl}} to maps of settings)");
  }

  @Test
  void rowsElsewhereMayHaveTheFormOfATask() {
    DataSection data = Recipe.parse(TEXT, "tasks.yaml", List.of()).data();

    DataSection held = data.heldOut("other.jsonl", "", Optional.of(data.task("name")));

    assertThat(held.tasks()).isEmpty();
    assertThat(held.source()).isEqualTo("other.jsonl");
    assertThat(held.sequences().rowFormat()).isEqualTo("alpaca");
    assertThat(held.sequences().columns()).containsEntry("instruction", "question");
    assertThat(held.columns().key()).isEqualTo("number");
    DataSection plain = data.heldOut("other.jsonl", "", Optional.empty());
    assertThat(plain.sequences().rowFormat()).isEqualTo("prompt-completion");
    assertThat(plain.columns().key()).isEqualTo("id");
  }

  @Test
  void keysOfTasksLeaveTheFingerprintOfOtherRunsAlone() {
    String start = "base: {model: minilm}\ndata: {source: rows.csv}\n";
    List<String> keys = List.of("adapter.router", "adapter.tasks", "adapter.task-embedding");

    assertThat(Recipe.parse(start, "a.yaml", List.of()).settingsThatDecideBits())
        .containsKey("adapter.experts")
        .doesNotContainKeys(keys.toArray(String[]::new));
    assertThat(
            Recipe.parse(ROUTED, "a.yaml", List.of("adapter.tasks=3", "adapter.task-embedding=8"))
                .settingsThatDecideBits())
        .containsEntry("adapter.router", "task")
        .containsEntry("adapter.tasks", "3")
        .containsEntry("adapter.task-embedding", "8");
  }
}
