package dev.rankwise.datasets.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.Golden;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.models.source.BaseSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real tokenizer of all-MiniLM-L6-v2 on Spark tasks, against the token ids that Hugging Face's
 * own library gave for the sentences of {@code golden/minilm}.
 */
@Tag("spark")
class TestBaseTokenizerSource {
  private static final SparkSession SPARK = LocalSpark.session();
  private static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.StringType)
          .add("label", DataTypes.StringType)
          .add("text", DataTypes.StringType);

  @TempDir static Path folder;

  private static BaseDirectory base;

  @BeforeAll
  static void resolve() {
    base = new BaseSource(BaseCache.defaultRoot()).resolve("minilm");
  }

  @Test
  void preparedIdsAreThoseOfTheReference() throws IOException {
    JsonNode golden = Golden.json(Golden.file("minilm/sentences.json"));
    List<Row> rows = new ArrayList<>();
    Map<String, int[]> expected = new LinkedHashMap<>();
    int limit = golden.get("limit").asInt();
    long empty = 0;
    long cut = 0;
    for (JsonNode sentence : golden.get("sentences")) {
      String id = "sentence-" + rows.size();
      String text = sentence.get("text").asText();
      rows.add(RowFactory.create(id, "label-" + rows.size() % 2, text));
      if (text.isBlank()) {
        empty++;
      } else {
        expected.put(id, ids(sentence.get("ids")));
        cut += sentence.get("length_without_limit").asInt() > limit ? 1 : 0;
      }
    }
    PreparationSettings settings =
        PreparationSettings.of(
                LabelledColumns.of("text", "label").keyedBy("id"), SplitRule.trainOnly())
            .withMaximumTokens(limit);

    PreparedData data = prepare(rows, settings);

    List<Example> examples = data.examples(SPARK, Split.TRAIN).collect();
    assertThat(examples).hasSameSizeAs(expected.keySet());
    for (Example example : examples) {
      assertThat(example.ids()).as(example.rowId()).isEqualTo(expected.get(example.rowId()));
    }
    assertThat(data.manifest().funnel().truncated()).isEqualTo(cut);
    assertThat(data.manifest().funnel().rejected().getOrDefault(RejectionReason.EMPTY_TEXT, 0L))
        .isEqualTo(empty);
    assertThat(data.manifest().baseSha256()).isEqualTo(base.sha256());
  }

  @Test
  void oneTokenizerServesAJvm() {
    BaseTokenizerSource source = source();

    assertThat(OpenTokenizers.of(source)).isSameAs(OpenTokenizers.of(source()));
    assertThat(source.key()).isEqualTo(base.sha256());
  }

  @Test
  void otherFilesUnderTheSameNameAreRefused() {
    TokenizerSource source = new BaseTokenizerSource(new BaseReference("minilm", "0".repeat(64)));

    assertThatThrownBy(source::open)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("put the same files on every host");
  }

  private static PreparedData prepare(List<Row> rows, PreparationSettings settings) {
    Dataset<Row> frame = SPARK.createDataFrame(rows, SCHEMA).repartition(3);
    return new DataPreparation(RowSources.of(frame, "sentences"), settings, source())
        .prepare(SPARK, folder.resolve("data").toString());
  }

  private static BaseTokenizerSource source() {
    return new BaseTokenizerSource(new BaseReference("minilm", base.sha256()));
  }

  private static int[] ids(JsonNode listed) {
    int[] ids = new int[listed.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = listed.get(i).asInt();
    }
    return ids;
  }
}
