package dev.rankwise.datasets.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.failure.DataException;
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
import java.util.Optional;
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
    BpeSettings settings = BpeSettings.of(300);
    BpeVocabulary vocabulary = new BpeTrainer(settings).train(expected);

    assertThat(vocabulary.merges()).isNotEmpty();
    for (int partitions : List.of(1, 3)) {
      Dataset<Row> frame = SPARK.createDataFrame(rows, SCHEMA).repartition(partitions);
      VocabularyTraining training =
          new VocabularyTraining(RowSources.of(frame, "texts"), "text", "id", HALF);
      assertThat(training.train(SPARK, settings)).isEqualTo(vocabulary);
    }
  }

  @Test
  void nothingIsLearntWhereNoTextIsLeft() {
    Dataset<Row> frame = SPARK.createDataFrame(List.of(row("1", null)), SCHEMA);
    VocabularyTraining training =
        new VocabularyTraining(RowSources.of(frame, "texts"), "text", "id", HALF);
    BpeSettings settings = BpeSettings.of(300);

    assertThatThrownBy(() -> training.train(SPARK, settings))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the texts are empty");
  }

  @Test
  void theDictionarysTokenizerGivesTheSameIdsInHuggingFaceTokenizers() {
    RowSource dictionary = RowSources.at("wordnet:dictionary");
    BpeVocabulary vocabulary =
        new VocabularyTraining(dictionary, "text", "id", new SplitRule.Fraction(0.05))
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

  private static Row row(String id, byte[] text) {
    return RowFactory.create(id, text);
  }
}
