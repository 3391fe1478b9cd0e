package dev.rankwise.datasets.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.FormatRenderer;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.chat.TextMarks;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.example.RowTask;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.pack.Packing;
import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.pack.Truncation;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.shard.TaskCounts;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of several tasks: from sources of their own into sequences of one task each. */
@Tag("spark")
final class TestTaskPreparation {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final int ROWS = 120;

  @TempDir Path folder;
  private int prepared;

  @Test
  void aSequenceHoldsTextsOfOneTaskAndThoseOfTheFirstComeFirst() {
    PreparedData data = prepare(SplitRule.testFraction(0.2), Packing.BEST_FIT, 1, 1);

    DataManifest manifest = data.manifest();
    assertThat(manifest.tasks()).containsExactly("define", "name");
    List<Sequence> sequences = sequences(data, Split.TRAIN);
    assertThat(sequences.stream().map(Sequence::task)).isSorted().contains(0, 1);
    for (Sequence sequence : sequences) {
      String mark = sequence.task() == 0 ? "d" : "n";
      assertThat(sequence.rowIds()).allMatch(id -> Integer.parseInt(id) < ROWS);
      int first = new WordTokenizer().encode(mark, SpecialTokens.LEFT_OUT).ids()[0];
      int[] ids = sequence.ids();
      assertThat(IntStream.of(sequence.starts()).map(start -> ids[start])).containsOnly(first);
    }
    for (int task = 0; task < 2; task++) {
      int number = task;
      List<Sequence> own = sequences.stream().filter(it -> it.task() == number).toList();
      TaskCounts counts = manifest.train().taskCounts().get(task);
      assertThat(counts.sequences()).isEqualTo(own.size());
      assertThat(counts.texts()).isEqualTo(own.stream().mapToLong(it -> it.rowIds().size()).sum());
      assertThat(counts.tokens()).isEqualTo(own.stream().mapToLong(Sequence::length).sum());
      assertThat(counts.targets()).isEqualTo(own.stream().mapToLong(Sequence::targets).sum());
      assertThat(counts.sequences()).isLessThan(counts.texts());
    }
    assertThat(data.sizes(SPARK, Split.TRAIN).tasks())
        .containsExactly(sequences.stream().mapToInt(Sequence::task).toArray());
    assertThat(data.previewSequences(SPARK, Split.TRAIN, 4).stream().map(Sequence::task))
        .containsExactly(0, 1, 0, 1);
  }

  @Test
  void rowsOfOneIdLieOnOneSideWhateverTheirTasks() {
    for (SplitRule rule : List.of(SplitRule.testFraction(0.3), SplitRule.counts(31, 50))) {
      PreparedData data = prepare(rule, Packing.NONE, 1, 1);
      Set<String> train = ids(data, Split.TRAIN);
      Set<String> test = ids(data, Split.TEST);
      assertThat(train).isNotEmpty();
      assertThat(test).isNotEmpty().doesNotContainAnyElementsOf(train);
      for (TaskCounts counts : data.manifest().test().taskCounts()) {
        assertThat(counts.texts()).isEqualTo(test.size());
      }
    }
  }

  @Test
  void theContentDependsOnNeitherOrderNorPartitions() {
    SequenceSettings settings = settings(SplitRule.testFraction(0.2), Packing.BEST_FIT, 1.5, 2);
    List<String> define = rows("d");
    List<String> name = rows("n");
    DataManifest first = prepare(List.of(source(define, 1), source(name, 3)), settings).manifest();
    Collections.shuffle(define, new Random(5));
    Collections.shuffle(name, new Random(6));

    DataManifest second = prepare(List.of(source(define, 7), source(name, 2)), settings).manifest();

    assertThat(second.contentSha256()).isEqualTo(first.contentSha256());
    assertThat(second.train().taskCounts()).isEqualTo(first.train().taskCounts());
    DataManifest other = prepare(List.of(source(name, 1), source(define, 1)), settings).manifest();
    assertThat(other.contentSha256()).isNotEqualTo(first.contentSha256());
  }

  @Test
  void aWeightRepeatsOrThinsRowsToTrainOnAndNoOthers() {
    SplitRule rule = SplitRule.testFraction(0.25);
    DataManifest plain = prepare(rule, Packing.NONE, 1, 1).manifest();
    DataManifest weighted = prepare(rule, Packing.NONE, 2, 0.5).manifest();

    long train = plain.train().taskCounts().get(0).texts();
    assertThat(weighted.train().taskCounts().get(0).texts()).isEqualTo(2 * train);
    assertThat(weighted.train().taskCounts().get(1).texts()).isBetween(1L, train - 1);
    assertThat(weighted.test().taskCounts()).isEqualTo(plain.test().taskCounts());
    // A row counts once in the funnel, however often it is trained on.
    assertThat(weighted.funnel().read()).isEqualTo(2 * ROWS);
    assertThat(weighted.funnel().unused())
        .isEqualTo(train - weighted.train().taskCounts().get(1).texts());
    assertThat(weighted.settings())
        .containsEntry("task define weight", "2.0")
        .containsEntry("task name weight", "0.5")
        .containsEntry("task name key-column", "id")
        .containsEntry("row-format", "prompt-completion");
  }

  @Test
  void anIdIsADuplicateWithinItsTaskAlone() {
    List<String> twice = rows("d");
    twice.addAll(rows("e").subList(0, 3));
    SequenceSettings settings = settings(SplitRule.trainOnly(), Packing.NONE, 1, 1);

    DataManifest manifest =
        prepare(List.of(source(twice, 2), source(rows("n"), 2)), settings).manifest();

    assertThat(manifest.funnel().rejected()).containsOnlyKeys(RejectionReason.DUPLICATE);
    assertThat(manifest.funnel().rejected()).containsEntry(RejectionReason.DUPLICATE, 3L);
    assertThat(manifest.funnel().train()).isEqualTo(2 * ROWS);
  }

  @Test
  void aTaskWithoutRowsToTrainOnIsRefused() {
    SequenceSettings settings = settings(SplitRule.trainOnly(), Packing.NONE, 1, 1);
    List<String> empty = List.of(row("1", "n ".repeat(10), "cut off"));

    assertThatThrownBy(() -> prepare(List.of(source(rows("d"), 1), source(empty, 1)), settings))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot train task \"name\": none of its rows is left to train on; check the source, the"
                + " columns and the weight that data.tasks gives it, or leave it out");
  }

  @Test
  void anEvaluationSourceOfNoTaskIsRefused() {
    DataPreparation preparation =
        DataPreparation.ofTasks(
            List.of(source(rows("d"), 1), source(rows("n"), 1)),
            settings(SplitRule.trainOnly(), Packing.NONE, 1, 1),
            new WordTokenizer.Source());

    assertThatThrownBy(() -> preparation.withEvaluation(source(rows("d"), 1)))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith(
            "Cannot hold out the rows of a separate evaluation source: nothing");
  }

  @Test
  void oneSourceThatNamesTheTasksGivesWhatSourcesOfTheirOwnGive() {
    SequenceSettings settings = settings(SplitRule.testFraction(0.2), Packing.BEST_FIT, 1.5, 2);
    DataManifest apart =
        prepare(List.of(source(rows("d"), 1), source(rows("n"), 3)), settings).manifest();
    List<String> both = named("define", rows("d"));
    both.addAll(named("name", rows("n")));
    Collections.shuffle(both, new Random(7));

    DataManifest one = prepareOne(source(both, 4), settings.withTaskColumn("kind")).manifest();

    assertThat(one.contentSha256()).isEqualTo(apart.contentSha256());
    assertThat(one.tasks()).containsExactly("define", "name");
    assertThat(one.train().taskCounts()).isEqualTo(apart.train().taskCounts());
    assertThat(one.funnel()).isEqualTo(apart.funnel());
    assertThat(one.settings()).containsEntry("task-column", "kind");
    assertThat(apart.settings()).doesNotContainKey("task-column");
  }

  @Test
  void eachTaskHasColumnsOfItsOwnInOneSource() {
    SequenceSettings settings = settings(SplitRule.testFraction(0.2), Packing.NONE, 1, 1);
    DataManifest apart =
        prepare(List.of(source(rows("d"), 1), source(rows("n"), 1)), settings).manifest();
    TurnColumns others =
        new TurnColumns(
            RowForm.PROMPT_COMPLETION, Map.of("prompt", "ask", "completion", "answer"), "number");
    List<String> both = named("define", rows("d"));
    named("name", rows("n"))
        .forEach(
            row ->
                both.add(
                    row.replace("\"id\"", "\"number\"")
                        .replace("\"prompt\"", "\"ask\"")
                        .replace("\"completion\"", "\"answer\"")));

    DataManifest one =
        prepareOne(
                source(both, 3),
                settings
                    .withTasks(
                        List.of(
                            new RowTask("define", settings.columns(), 1),
                            new RowTask("name", others, 1)))
                    .withTaskColumn("kind"))
            .manifest();

    assertThat(one.contentSha256()).isEqualTo(apart.contentSha256());
  }

  @Test
  void aRowOfNoTaskOrOfAnUnknownOneIsCounted() {
    SequenceSettings settings =
        settings(SplitRule.trainOnly(), Packing.NONE, 1, 1).withTaskColumn("kind");
    List<String> both = named("define", rows("d"));
    both.addAll(named("name", rows("n")));
    both.addAll(named("Name", List.of(row("900", "n", "word"), row("901", "n", "word"))));
    both.addAll(named("", List.of(row("902", "n", "word"))));
    both.add(row("903", "n", "word"));

    PreparedData data = prepareOne(source(both, 2), settings);

    assertThat(data.manifest().funnel().rejected())
        .containsOnly(
            Map.entry(RejectionReason.MISSING_TASK, 2L),
            Map.entry(RejectionReason.UNKNOWN_TASK, 2L));
    assertThat(data.manifest().funnel().train()).isEqualTo(2 * ROWS);
    assertThat(ids(data, Split.TRAIN)).doesNotContain("900", "902");
  }

  @Test
  void heldOutRowsOfAnotherSourceNameTheirTaskToo() {
    SequenceSettings settings =
        settings(SplitRule.trainOnly(), Packing.NONE, 1, 1).withTaskColumn("kind");
    List<String> both = named("define", rows("d"));
    both.addAll(named("name", rows("n")));
    List<String> held = named("name", List.of(row("7", "n", "other"), row("8", "n", "third")));
    held.addAll(named("define", List.of(row("7", "d", "other"))));

    DataManifest manifest =
        new DataPreparation(source(both, 2), settings, new WordTokenizer.Source())
            .withEvaluation(source(held, 1))
            .prepare(SPARK, folder.resolve("held").toString())
            .manifest();

    assertThat(manifest.test().taskCounts().stream().map(TaskCounts::texts))
        .containsExactly(1L, 2L);
  }

  @Test
  void aSourceWithoutTheColumnOfTasksIsRefused() {
    SequenceSettings settings =
        settings(SplitRule.trainOnly(), Packing.NONE, 1, 1).withTaskColumn("kind");

    assertThatThrownBy(() -> prepareOne(source(rows("d"), 1), settings))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot read column \"kind\"");
  }

  private PreparedData prepareOne(RowSource source, SequenceSettings settings) {
    prepared++;
    return new DataPreparation(source, settings, new WordTokenizer.Source())
        .prepare(SPARK, folder.resolve("data" + prepared).toString());
  }

  /** The same rows with their task. */
  private static List<String> named(String task, List<String> rows) {
    return rows.stream()
        .map(row -> "{\"kind\":\"%s\",%s".formatted(task, row.substring(1)))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  @Test
  void dataOfOtherWeightsAreNotFresh() throws IOException {
    Files.write(folder.resolve("d.jsonl"), rows("d"));
    Files.write(folder.resolve("n.jsonl"), rows("n"));
    List<RowSource> sources =
        List.of(
            RowSources.at(folder.resolve("d.jsonl").toString()),
            RowSources.at(folder.resolve("n.jsonl").toString()));
    String directory = folder.resolve("fresh").toString();
    DataPreparation once =
        DataPreparation.ofTasks(
            sources,
            settings(SplitRule.trainOnly(), Packing.NONE, 1, 1),
            new WordTokenizer.Source());
    once.prepare(SPARK, directory);
    DataPreparation heavier =
        DataPreparation.ofTasks(
            sources,
            settings(SplitRule.trainOnly(), Packing.NONE, 1, 2),
            new WordTokenizer.Source());

    assertThat(once.fresh(SPARK, directory)).isPresent();
    assertThat(heavier.fresh(SPARK, directory)).isEmpty();
  }

  private PreparedData prepare(SplitRule rule, Packing packing, double define, double name) {
    return prepare(
        List.of(source(rows("d"), 2), source(rows("n"), 3)), settings(rule, packing, define, name));
  }

  private PreparedData prepare(List<RowSource> sources, SequenceSettings settings) {
    prepared++;
    return DataPreparation.ofTasks(sources, settings, new WordTokenizer.Source())
        .prepare(SPARK, folder.resolve("data" + prepared).toString());
  }

  private static SequenceSettings settings(
      SplitRule rule, Packing packing, double define, double name) {
    TurnColumns columns = new TurnColumns(RowForm.PROMPT_COMPLETION, Map.of(), "id");
    ChatRenderer plain = new FormatRenderer(ChatFormat.PLAIN, new TextMarks("", " w2", ""));
    return new SequenceSettings(
            columns,
            rule,
            8,
            RowLimits.defaults(),
            plain,
            TrainOn.ASSISTANT,
            Truncation.RIGHT,
            packing)
        .withTasks(
            List.of(new RowTask("define", columns, define), new RowTask("name", columns, name)));
  }

  /** A row for each number, whose prompt tells the task. */
  private static List<String> rows(String mark) {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      rows.add(row(Integer.toString(i), mark, "word"));
    }
    return rows;
  }

  private static String row(String id, String prompt, String completion) {
    return "{\"id\":\"%s\",\"prompt\":\"%s \",\"completion\":\"%s\"}"
        .formatted(id, prompt, completion);
  }

  private static RowSource source(List<String> rows, int partitions) {
    return RowSources.of(
        SPARK.read().json(SPARK.createDataset(rows, Encoders.STRING())).repartition(partitions),
        "rows");
  }

  private static List<Sequence> sequences(PreparedData data, Split split) {
    List<Sequence> sequences = new ArrayList<>(data.sequences(SPARK, split).collect());
    sequences.sort(Comparator.comparingInt(Sequence::position));
    return sequences;
  }

  private static Set<String> ids(PreparedData data, Split split) {
    Set<String> ids = new TreeSet<>();
    sequences(data, split).forEach(sequence -> ids.addAll(sequence.rowIds()));
    return ids;
  }
}
