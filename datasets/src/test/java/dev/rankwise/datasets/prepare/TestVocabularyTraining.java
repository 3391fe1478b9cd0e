package dev.rankwise.datasets.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.FormatRenderer;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.chat.TextMarks;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.pack.Packing;
import dev.rankwise.datasets.pack.Truncation;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.models.tokenizer.bpe.BpeSettings;
import dev.rankwise.models.tokenizer.bpe.BpeTrainer;
import dev.rankwise.models.tokenizer.bpe.BpeVocabulary;
import dev.rankwise.models.tokenizer.bpe.PlainBpe;
import dev.rankwise.models.tokenizer.bpe.StretchCounts;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("spark")
class TestVocabularyTraining {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final SplitRule.Fraction HALF = new SplitRule.Fraction(0.5);
  private static final StructType SCHEMA =
      new StructType().add("id", DataTypes.StringType).add("text", DataTypes.BinaryType);

  private static final BpeSettings SMALL = BpeSettings.of(300);
  private static final TokenizerSource WORDS = new WordTokenizer.Source();

  @TempDir Path folder;

  @Test
  void heldOutRowsAndRowsThatCannotBeReadAreNotCounted() {
    List<Row> rows = new ArrayList<>();
    StretchCounts expected = new StretchCounts();
    for (int i = 0; i < 60; i++) {
      String id = "row " + i;
      String text = "the text of row number " + i % 7 + " é";
      rows.add(row(id, text.getBytes(StandardCharsets.UTF_8)));
      if (HALF.splitOf(0, id).equals(Optional.of(Split.TRAIN))) {
        expected.add(text);
      }
    }
    rows.add(row("not UTF-8", new byte[] {'a', 'b', (byte) 0xff}));
    rows.add(row("empty", null));
    rows.add(row(null, "zyzyzy zyzyzy zyzyzy".getBytes(StandardCharsets.UTF_8)));
    BpeVocabulary vocabulary = new BpeTrainer(SMALL).train(expected);

    assertThat(vocabulary.merges()).isNotEmpty();
    for (int partitions : List.of(1, 3)) {
      Dataset<Row> frame = SPARK.createDataFrame(rows, SCHEMA).repartition(partitions);
      VocabularyTraining training =
          new VocabularyTraining(RowSources.of(frame, "texts"), texts("id", HALF));
      assertThat(training.train(SPARK, SMALL)).isEqualTo(vocabulary);
    }
  }

  @Test
  void nothingIsLearntWhereNoTextIsLeft() {
    Dataset<Row> frame = SPARK.createDataFrame(List.of(row("1", null)), SCHEMA);
    VocabularyTraining training =
        new VocabularyTraining(RowSources.of(frame, "texts"), texts("id", HALF));

    assertThatThrownBy(() -> training.train(SPARK, SMALL))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("none of its 1 rows can be used (1 because the text is missing)");
  }

  @Test
  void theDictionarysTokenizerGivesTheSameIdsInHuggingFaceTokenizers() {
    RowSource dictionary = RowSources.at("wordnet:dictionary");
    BpeVocabulary vocabulary =
        new VocabularyTraining(dictionary, texts("id", new SplitRule.Fraction(0.05)))
            .train(SPARK, BpeSettings.of(1024));
    assertThat(vocabulary.tokens()).hasSize(1024).contains("Ġnoun", "Ġthe", "tion");
    vocabulary.write(folder);
    StringBuilder lines = new StringBuilder();
    dictionary
        .rows(SPARK, List.of("text"), RowLimits.defaults())
        .limit(20_000)
        .collectAsList()
        .forEach(
            row ->
                lines
                    .append(new String(row.<byte[]>getAs(0), StandardCharsets.UTF_8))
                    .append('\n'));
    String text = lines.toString();

    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(folder.resolve("tokenizer.json"))) {
      int[] ids = tokenizer.encode(text, Integer.MAX_VALUE);
      assertThat(ids).isEqualTo(PlainBpe.encode(text, vocabulary));
      assertThat(tokenizer.decode(ids, SpecialTokens.INCLUDED)).isEqualTo(text);
    }
  }

  @Test
  void withoutAKeyTheRowsAreHeldOutThatPreparingHoldsOut() {
    SequenceSettings task = texts("", HALF);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      texts.add("text of a row " + i % 9 + " and then " + i);
    }
    RowSource source = source(texts);

    List<String> trained = trainedOn(new DataPreparation(source, task, WORDS), texts, task);

    assertThat(trained).hasSizeBetween(1, 59);
    assertThat(new VocabularyTraining(source, task).train(SPARK, SMALL))
        .isEqualTo(new BpeTrainer(SMALL).train(counts(trained)));
  }

  @Test
  void textsOfASeparateEvaluationSourceAreNotCounted() {
    SequenceSettings task = texts("", SplitRule.trainOnly());
    List<String> texts = new ArrayList<>();
    List<String> held = new ArrayList<>(List.of("a text that the rows do not have"));
    for (int i = 0; i < 40; i++) {
      texts.add("text of a row " + i % 9 + " and then " + i);
      if (i % 4 == 0) {
        texts.set(i, "zyzyzy zyzyzy " + i);
        held.add(texts.get(i));
      }
    }
    DataPreparation preparation =
        new DataPreparation(source(texts), task, WORDS).withEvaluation(source(held));

    List<String> trained = trainedOn(preparation, texts, task);
    BpeVocabulary vocabulary =
        new VocabularyTraining(source(texts), task)
            .withEvaluation(source(held))
            .train(SPARK, SMALL);

    assertThat(trained).hasSize(30).noneMatch(text -> text.contains("zy"));
    assertThat(vocabulary).isEqualTo(new BpeTrainer(SMALL).train(counts(trained)));
    assertThat(new VocabularyTraining(source(texts), task).train(SPARK, SMALL))
        .as("with the texts that are held out")
        .isNotEqualTo(vocabulary);
  }

  @Test
  void evaluationRowsMustBeOfUseAndTheOnlyOnesHeldOut() {
    SequenceSettings task = texts("", SplitRule.trainOnly());
    VocabularyTraining unusable =
        new VocabularyTraining(source(List.of("a text")), task).withEvaluation(source(List.of("")));
    VocabularyTraining split = new VocabularyTraining(source(List.of("a text")), texts("", HALF));
    RowSource held = source(List.of("held"));

    assertThatThrownBy(() -> unusable.train(SPARK, SMALL))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Cannot prepare the evaluation data: none of its 1 rows");
    assertThatThrownBy(() -> split.withEvaluation(held))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("holds rows out although a separate evaluation source is named");
  }

  @Test
  void rowsMayBeSplitByTheirNumbers() {
    SequenceSettings task = texts("", SplitRule.counts(10, 20));
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      texts.add("text of a row " + i % 9 + " and then " + i);
    }
    RowSource source = source(texts);

    List<String> trained = trainedOn(new DataPreparation(source, task, WORDS), texts, task);

    assertThat(trained).hasSize(20);
    assertThat(new VocabularyTraining(source, task).train(SPARK, SMALL))
        .isEqualTo(new BpeTrainer(SMALL).train(counts(trained)));
  }

  @Test
  void aRowThatStandsSeveralTimesIsCountedOnce() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      rows.add(row("row " + i, ("text of a row " + i).getBytes(StandardCharsets.UTF_8)));
    }
    SequenceSettings task = texts("id", SplitRule.trainOnly());
    BpeVocabulary once =
        new VocabularyTraining(RowSources.of(SPARK.createDataFrame(rows, SCHEMA), "texts"), task)
            .train(SPARK, SMALL);
    for (int i = 0; i < 500; i++) {
      rows.add(row("row 7", "text of a row 7".getBytes(StandardCharsets.UTF_8)));
    }

    assertThat(
            new VocabularyTraining(
                    RowSources.of(SPARK.createDataFrame(rows, SCHEMA), "texts"), task)
                .train(SPARK, SMALL))
        .isEqualTo(once);
  }

  @Test
  void conversationsAreCountedAsTheirFormatWritesThemAndSpecialTokensPartThem() {
    BpeSettings settings = BpeSettings.of(300).withFurther(ChatFormat.CHATML.marks());
    StructType schema = new StructType().add("prompt", "string").add("completion", "string");
    List<Row> rows = new ArrayList<>();
    StretchCounts expected = new StretchCounts();
    for (int i = 0; i < 20; i++) {
      rows.add(RowFactory.create("ask " + i, "told<|pad|>you " + i));
      expected.add("user\nask " + i);
      expected.add("\n");
      expected.add("assistant\ntold");
      expected.add("you " + i);
      expected.add("\n");
    }
    RowSource source = RowSources.of(SPARK.createDataFrame(rows, schema), "pairs");

    assertThat(
            new VocabularyTraining(
                    source,
                    task(
                        new TurnColumns(RowForm.PROMPT_COMPLETION, Map.of(), ""),
                        ChatFormat.CHATML,
                        new SplitRule.Fraction(0)))
                .train(SPARK, settings))
        .isEqualTo(new BpeTrainer(settings).train(expected));
  }

  private static RowSource source(List<String> texts) {
    List<Row> rows =
        texts.stream().map(text -> row("", text.getBytes(StandardCharsets.UTF_8))).toList();
    return RowSources.of(SPARK.createDataFrame(rows, SCHEMA), "texts");
  }

  /** Those of the texts that are trained on once they are prepared, known by the rows' ids. */
  private List<String> trainedOn(
      DataPreparation preparation, List<String> texts, SequenceSettings task) {
    PreparedData data = preparation.prepare(SPARK, folder.resolve("data").toString());
    Set<String> ids =
        data.sequences(SPARK, Split.TRAIN).collect().stream()
            .flatMap(sequence -> sequence.rowIds().stream())
            .collect(Collectors.toSet());
    return texts.stream()
        .filter(
            text -> {
              byte[][] values = {text.getBytes(StandardCharsets.UTF_8)};
              return ids.contains(task.check().check(values).id());
            })
        .toList();
  }

  private static StretchCounts counts(List<String> texts) {
    StretchCounts counts = new StretchCounts();
    texts.forEach(counts::add);
    return counts;
  }

  private static SequenceSettings texts(String key, SplitRule split) {
    return task(new TurnColumns(RowForm.TEXT, Map.of(), key), ChatFormat.PLAIN, split);
  }

  private static SequenceSettings task(TurnColumns columns, ChatFormat format, SplitRule split) {
    return new SequenceSettings(
        columns,
        split,
        48,
        RowLimits.defaults(),
        new FormatRenderer(format, new TextMarks("<|endoftext|>", "<|endoftext|>", "")),
        TrainOn.ASSISTANT,
        Truncation.RIGHT,
        Packing.NONE);
  }

  private static Row row(String id, byte[] text) {
    return RowFactory.create(id, text);
  }
}
