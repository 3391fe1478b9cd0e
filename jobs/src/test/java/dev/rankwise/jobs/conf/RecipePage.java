package dev.rankwise.jobs.conf;

import dev.rankwise.jobs.text.YamlWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes {@code docs/recipe.md} from the table of keys. */
final class RecipePage {
  private static final String START =
      """
      # The recipe

      One YAML file says everything about a run: `./rankwise tune recipe.yaml`. `validate` reads it,
      lists all problems at once and starts nothing. What a run resolved it to, defaults included,
      lies in its folder as `recipe.yaml`.

          base:
            model: minilm
          data:
            source: tickets.csv
            text-column: message
            label-column: queue
          adapter:
            modules-to-save: [pooler]   # MiniLM comes without one, so it is trained from a fresh start

      Complete recipes: [`conf/quickstart.yaml`](../conf/quickstart.yaml),
      [`conf/classify-csv.yaml`](../conf/classify-csv.yaml) with every key, and
      [`conf/classify-table.yaml`](../conf/classify-table.yaml) for a cluster.

      - A key is written below its section, or with it: `train.seed: 1`.
      - `--set train.seed=1` goes before the file and may be given often. A text is taken as it stands
        after the `=`, any other value as YAML: `--set adapter.targets='[query, value]'`.
      - `null` is as good as leaving a key out; `--set data.test-rows=null` takes back what the file
        says.
      - What is meant as text needs no quotes to be one: a label may be called `no`.
      - An unknown key is an error. YAML's tags, anchors and aliases are not read.
      - A key marked \u25cf decides the bytes of the adapter and is part of a run's fingerprint. The base
        and the prepared data are part of it by their hashes, and so are the threads of a task.

      """;

  private static final String SPARK =
      """
      Any setting of Spark's, nested or dotted, its leading `spark.` left out or not:

          spark:
            master: local[4]
            executor:
              memory: 4g
            spark.executor.memoryOverhead: 6g

      What `spark-submit` says goes before it. Values whose names look secret are never shown or
      written. [`conf/spark-defaults.conf`](../conf/spark-defaults.conf) holds what training sets where
      nothing is said.

      """;

  private static final String FOREIGN =
      """
      ## Spellings from elsewhere

      Keys of axolotl, LLaMA-Factory, transformers and PEFT are read where they mean the same, at the
      top of the file or in the section of the key that they stand for; the command says how it read
      them. Underscores in our own keys are read as dashes. `adapter: lora` at the top is read as
      `adapter.method`.

      | key | spellings read as it |
      | --- | --- |
      """;

  private static final String BATCH =
      """

      `micro_batch_size` is multiplied by `gradient_accumulation_steps`: a batch is what one step sees,
      however many executors there are.

      Refused, since they mean something else or nothing here:

      | spelling | instead |
      | --- | --- |
      """;

  private RecipePage() {}

  static String text() {
    StringBuilder page = new StringBuilder(START);
    RecipeKeys.sections()
        .forEach(
            (section, meaning) -> {
              page.append("## ").append(section).append("\n\n").append(meaning).append("\n\n");
              page.append(section.equals(RecipeKeys.SPARK) ? SPARK : table(section));
            });
    page.append(FOREIGN);
    grouped(ForeignKeys.readAsOurs()).forEach((key, names) -> page.append(row(code(key), names)));
    page.append(BATCH);
    grouped(ForeignKeys.refused()).forEach((remedy, names) -> page.append(row(names, remedy)));
    return page.toString();
  }

  private static String table(String section) {
    return RecipeKeys.of(section).stream()
        .map(
            key ->
                row(
                    code(key.shortName())
                        + (key.influence() != RecipeKey.Influence.NONE ? " \u25cf" : ""),
                    words(key),
                    fallback(key),
                    key.meaning()))
        .collect(
            Collectors.joining(
                "", "| key | value | default | meaning |\n| --- | --- | --- | --- |\n", "\n"));
  }

  private static String words(RecipeKey key) {
    String words = key.type().words();
    return key.unit().isEmpty() ? words : words.replace("number", "number of " + key.unit());
  }

  private static String fallback(RecipeKey key) {
    return key.defaultValue().map(value -> code(YamlWriter.value(value))).orElse(key.otherwise());
  }

  private static Map<String, String> grouped(Map<String, String> meanings) {
    Map<String, String> grouped = new LinkedHashMap<>();
    meanings.forEach(
        (name, meaning) ->
            grouped.merge(meaning, code(name), (left, right) -> left + ", " + right));
    return grouped;
  }

  private static String code(String text) {
    return "`" + text + "`";
  }

  private static String row(String... cells) {
    return "| " + String.join(" | ", List.of(cells)) + " |\n";
  }
}
