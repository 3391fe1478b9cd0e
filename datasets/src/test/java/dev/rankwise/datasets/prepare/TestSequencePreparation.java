package dev.rankwise.datasets.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.FormatRenderer;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.chat.TemplateRenderer;
import dev.rankwise.datasets.chat.TextMarks;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.pack.Packing;
import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.pack.Truncation;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestSequencePreparation {
  private static final ChatRenderer PLAIN =
      new FormatRenderer(ChatFormat.PLAIN, new TextMarks("", " w2", ""));
  private static final int MAXIMUM_TOKENS = 16;

  private static final SparkSession SPARK = LocalSpark.session();

  @TempDir private Path folder;

  @Test
  void conversationsBecomePackedSequences() {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      lines.add(pair("ask " + "more ".repeat(i % 5), "tell " + "it ".repeat(i % 3), i));
    }

    PreparedData data = prepare(lines, settings(Truncation.RIGHT, Packing.BEST_FIT));

    DataManifest manifest = data.manifest();
    assertThat(manifest.kind()).isEqualTo(ExampleKind.SEQUENCES);
    assertThat(manifest.funnel().read()).isEqualTo(200);
    assertThat(manifest.funnel().train() + manifest.funnel().test()).isEqualTo(200);
    assertThat(manifest.train().texts()).isEqualTo(manifest.funnel().train());
    assertThat(manifest.train().examples()).isLessThan(manifest.train().texts());
    assertThat(manifest.train().filled()).isGreaterThan(0.9);
    List<Sequence> sequences = sequences(data);
    assertThat(sequences).allMatch(sequence -> sequence.length() <= MAXIMUM_TOKENS);
    assertThat(sequences.stream().mapToLong(Sequence::targets).sum())
        .isEqualTo(manifest.train().targets());
    assertThat(sequences.stream().mapToInt(Sequence::position)).isSorted().doesNotHaveDuplicates();
    assertThat(data.sizes(SPARK, Split.TRAIN).lengths())
        .containsExactly(sequences.stream().mapToInt(Sequence::length).toArray());
  }

  @Test
  void onlyTheAnswerAndItsEndAreTrained() {
    PreparedData data =
        prepare(
            List.of(pair("one two ", "three four", 1)), settings(Truncation.RIGHT, Packing.NONE));

    Sequence sequence = sequences(data).get(0);
    assertThat(sequence.trained()).containsExactly(false, false, true, true, true);
    assertThat(sequence.rowIds()).containsExactly("1");
    assertThat(data.previewSequences(SPARK, Split.TRAIN, 1)).containsExactly(sequence);
  }

  @Test
  void theContentDoesNotDependOnOrderOrPartitions() {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      lines.add(pair("ask " + "more ".repeat(i % 7), "tell " + "it ".repeat(i % 4), i));
    }
    SequenceSettings settings = settings(Truncation.SPLIT, Packing.BEST_FIT);
    String hash = prepare(lines, settings).manifest().contentSha256();
    Collections.shuffle(lines, new Random(3));
    Dataset<Row> frame = SPARK.read().json(SPARK.createDataset(lines, Encoders.STRING()));

    PreparedData other =
        new DataPreparation(
                RowSources.of(frame.repartition(7), "rows"), settings, new WordTokenizer.Source())
            .prepare(SPARK, folder.resolve("other").toString());

    assertThat(other.manifest().contentSha256()).isEqualTo(hash);
  }

  @Test
  void longTextsAreCutDroppedOrSplitAndCounted() {
    List<String> lines =
        List.of(
            pair("short ", "answer", 1),
            pair("a ".repeat(20), "never seen", 2),
            pair("ask ", "b ".repeat(39).strip(), 3));

    DataManifest right = manifest(lines, Truncation.RIGHT);
    assertThat(right.funnel().truncated()).isEqualTo(1);
    assertThat(right.funnel().rejected()).containsEntry(RejectionReason.NO_TARGET_TOKENS, 1L);
    assertThat(right.train().tokens()).isEqualTo(3 + MAXIMUM_TOKENS);

    DataManifest left = manifest(lines, Truncation.LEFT);
    assertThat(left.funnel().truncated()).isEqualTo(2);
    assertThat(left.funnel().train()).isEqualTo(3);

    DataManifest drop = manifest(lines, Truncation.DROP);
    assertThat(drop.funnel().rejected()).containsEntry(RejectionReason.TOO_MANY_TOKENS, 2L);
    assertThat(drop.funnel().truncated()).isZero();

    DataManifest split = manifest(lines, Truncation.SPLIT);
    assertThat(split.funnel().train()).isEqualTo(3);
    assertThat(split.funnel().truncated()).isEqualTo(2);
    // The long question leaves one piece with an answer, the long answer three.
    assertThat(split.train().texts()).isEqualTo(1 + 1 + 3);
  }

  @Test
  void badRowsAreCountedAndKeptAside() {
    TurnColumns columns = new TurnColumns(RowForm.MESSAGES, Map.of(), "");
    SequenceSettings settings =
        new SequenceSettings(
            columns,
            SplitRule.trainOnly(),
            MAXIMUM_TOKENS,
            RowLimits.defaults(),
            new FormatRenderer(ChatFormat.CHATML, new TextMarks("", "", "")),
            TrainOn.ASSISTANT,
            Truncation.RIGHT,
            Packing.BEST_FIT);
    List<String> lines =
        List.of(
            "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
                + "{\"role\":\"assistant\",\"content\":\"b\"}]}",
            "{\"messages\":[{\"role\":\"assistant\",\"content\":\"b\"}]}",
            "{\"messages\":[]}",
            "{\"messages\":[{\"role\":\"critic\",\"content\":\"b\"}]}",
            "{\"messages\":7}",
            "{\"messages\":null}",
            "{\"messages\":[{\"role\":\"user\",\"content\":\"open\"}]}",
            "no json");

    PreparedData data = prepare(lines, settings);

    assertThat(data.manifest().funnel().rejected())
        .containsOnly(
            Map.entry(RejectionReason.STARTS_WITH_ASSISTANT, 1L),
            Map.entry(RejectionReason.EMPTY_CONVERSATION, 1L),
            Map.entry(RejectionReason.UNKNOWN_ROLE, 1L),
            Map.entry(RejectionReason.MALFORMED_TURNS, 1L),
            Map.entry(RejectionReason.MISSING_TEXT, 1L),
            Map.entry(RejectionReason.NO_TARGET_TOKENS, 1L),
            Map.entry(RejectionReason.MALFORMED_ROW, 1L));
    assertThat(data.rejections(SPARK).count()).isEqualTo(7);
  }

  @Test
  void aSetWithoutATargetIsRefusedWithTheReason() {
    List<String> lines = List.of(pair("a ".repeat(20), "never seen", 1));

    assertThatThrownBy(() -> prepare(lines, settings(Truncation.RIGHT, Packing.NONE)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot use any of the 1 train rows (1 because no token to train on is left); check the"
                + " columns and the token limit of the recipe");
  }

  @Test
  void aTemplateThatSuitsNoRowIsAnsweredWithTheKnownFormats() {
    SequenceSettings settings =
        new SequenceSettings(
            new TurnColumns(RowForm.PROMPT_COMPLETION, Map.of(), ""),
            SplitRule.trainOnly(),
            MAXIMUM_TOKENS,
            RowLimits.defaults(),
            new TemplateRenderer("{{ messages | length }}", new TextMarks("", "", "")),
            TrainOn.ASSISTANT,
            Truncation.RIGHT,
            Packing.NONE);
    String row = "{\"prompt\":\"a\",\"completion\":\"b\"}";

    assertThatThrownBy(() -> prepare(List.of(row), settings))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot prepare the data: none of its 1 rows can be used (1 because the chat template"
                + " gives no sure place to the answers); name another format in data.chat-format:"
                + " chatml, llama2, llama3, mistral, gemma, zephyr, phi3, alpaca, plain");
    assertThatThrownBy(() -> prepare(List.of(row, "no json"), settings))
        .hasMessageContaining(
            "; check the columns that the recipe names, or name another format in data.chat-format");
  }

  @Test
  void preparedDataKnowTheirKindAndSettings() {
    SequenceSettings settings = settings(Truncation.RIGHT, Packing.BEST_FIT);
    List<String> lines = List.of(pair("a ", "b", 1), pair("c ", "d", 2));
    PreparedData data = prepare(lines, settings);

    assertThat(data.manifest().settings())
        .containsEntry("row-format", "prompt-completion")
        .containsEntry("column prompt", "question")
        .containsEntry("chat-format", "plain")
        .containsEntry("train-on", "assistant")
        .containsEntry("truncation", "right")
        .containsEntry("packing", "best-fit");
    assertThatThrownBy(() -> data.examples(SPARK, Split.TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("they hold sequences of trained tokens, and labelled examples are");
    assertThat(
            new DataPreparation(source("rows.jsonl"), settings, new WordTokenizer.Source())
                .fresh(SPARK, data.directory()))
        .isPresent();
  }

  @Test
  void allColumnsOfASourceAreNamed() {
    write("rows.jsonl", List.of("{\"b\":1}", "{\"a\":[]}"));
    write("rows.csv", List.of("x,y", "1,2"));

    assertThat(source("rows.jsonl").columns(SPARK, RowLimits.defaults())).containsExactly("a", "b");
    assertThat(source("rows.csv").columns(SPARK, RowLimits.defaults())).containsExactly("x", "y");
    assertThat(RowSources.at("wordnet").columns(SPARK, RowLimits.defaults())).contains("text");
    assertThat(RowSources.at("sql:SELECT 1 AS n").columns(SPARK, RowLimits.defaults()))
        .containsExactly("n");
  }

  @Test
  void optionalColumnsMayBeMissing() {
    write("rows.csv", List.of("instruction,output", "say,yes"));
    SequenceSettings settings =
        new SequenceSettings(
            new TurnColumns(RowForm.ALPACA, Map.of(), ""),
            SplitRule.trainOnly(),
            MAXIMUM_TOKENS,
            RowLimits.defaults(),
            PLAIN,
            TrainOn.ALL,
            Truncation.RIGHT,
            Packing.NONE);

    PreparedData data =
        new DataPreparation(source("rows.csv"), settings, new WordTokenizer.Source())
            .prepare(SPARK, folder.resolve("data").toString());

    assertThat(data.manifest().funnel().train()).isEqualTo(1);
  }

  @Test
  void columnsMustBelongToTheForm() {
    assertThatThrownBy(() -> new TurnColumns(RowForm.TEXT, Map.of("prompt", "a"), ""))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("rows of the form \"text\" have no \"prompt\" (must be among text)");
    assertThatThrownBy(() -> new TurnColumns(RowForm.TEXT, Map.of("text", "a"), "a"))
        .hasMessageContaining("two of the columns a, a are the same");
  }

  @Test
  void theTokenLimitHasARange() {
    SequenceSettings settings = settings(Truncation.RIGHT, Packing.NONE);

    assertThatThrownBy(
            () ->
                new SequenceSettings(
                    settings.columns(),
                    settings.split(),
                    2,
                    settings.limits(),
                    settings.renderer(),
                    settings.trainOn(),
                    settings.truncation(),
                    settings.packing()))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Invalid maximum tokens of a sequence: 2");
    assertThat(SequenceSettings.defaultMaximumTokens(512)).isEqualTo(512);
    assertThat(SequenceSettings.defaultMaximumTokens(1 << 17)).isEqualTo(2048);
  }

  private DataManifest manifest(List<String> lines, Truncation truncation) {
    return prepare(lines, settings(truncation, Packing.NONE)).manifest();
  }

  private static SequenceSettings settings(Truncation truncation, Packing packing) {
    return new SequenceSettings(
        new TurnColumns(
            RowForm.PROMPT_COMPLETION, Map.of("prompt", "question", "completion", "answer"), "id"),
        SplitRule.trainOnly(),
        MAXIMUM_TOKENS,
        RowLimits.defaults(),
        PLAIN,
        TrainOn.ASSISTANT,
        truncation,
        packing);
  }

  private PreparedData prepare(List<String> lines, SequenceSettings settings) {
    write("rows.jsonl", lines);
    return new DataPreparation(source("rows.jsonl"), settings, new WordTokenizer.Source())
        .prepare(SPARK, folder.resolve("data").toString());
  }

  private RowSource source(String name) {
    return RowSources.at(folder.resolve(name).toString());
  }

  private void write(String name, List<String> lines) {
    try {
      Files.write(folder.resolve(name), lines);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static List<Sequence> sequences(PreparedData data) {
    List<Sequence> sequences = new ArrayList<>(data.sequences(SPARK, Split.TRAIN).collect());
    sequences.sort(Comparator.comparingInt(Sequence::position));
    return sequences;
  }

  private static String pair(String question, String answer, int id) {
    return "{\"id\":%d,\"question\":\"%s\",\"answer\":\"%s\"}".formatted(id, question, answer);
  }
}
