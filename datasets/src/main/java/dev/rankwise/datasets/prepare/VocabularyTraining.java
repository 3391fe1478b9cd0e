package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.StrictUtf8;
import dev.rankwise.models.tokenizer.bpe.BpeSettings;
import dev.rankwise.models.tokenizer.bpe.BpeTrainer;
import dev.rankwise.models.tokenizer.bpe.BpeVocabulary;
import dev.rankwise.models.tokenizer.bpe.StretchCounts;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Trains a tokenizer on the texts of a source. Executors count, the driver merges; the vocabulary
 * is the same however the rows are partitioned.
 *
 * <p>Rows that are held out are not counted, so that what a model is measured on shaped no token.
 * Rows that could not be read, or whose text is not UTF-8, are left out: preparing them names them.
 *
 * @param source the rows
 * @param text name of the column with the texts
 * @param key name of the column with the rows' ids
 * @param split which rows are held out, told by their ids
 */
public record VocabularyTraining(
    RowSource source, String text, String key, SplitRule.Fraction split) {
  private static final int TEXT = 0;
  private static final int KEY = 1;
  private static final int REASON = 2;

  public VocabularyTraining {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(split, "split");
  }

  /**
   * The vocabulary of all rows that are not held out.
   *
   * @throws dev.rankwise.models.failure.DataException if a column is missing or no text is left
   */
  public BpeVocabulary train(SparkSession spark, BpeSettings settings) {
    SplitRule rule = split;
    List<StretchCounts> parts =
        source
            .rows(spark, List.of(text, key), RowLimits.defaults())
            .toJavaRDD()
            .mapPartitions(rows -> List.of(counted(rows, rule)).iterator())
            .collect();
    StretchCounts whole = new StretchCounts();
    parts.forEach(whole::add);
    return new BpeTrainer(settings).train(whole);
  }

  private static StretchCounts counted(Iterator<Row> rows, SplitRule rule) {
    StretchCounts counts = new StretchCounts();
    while (rows.hasNext()) {
      Row row = rows.next();
      if (!row.isNullAt(REASON) || row.isNullAt(TEXT) || row.isNullAt(KEY)) {
        continue;
      }
      String id = new String(row.<byte[]>getAs(KEY), StandardCharsets.UTF_8);
      if (rule.splitOf(0, id).equals(Optional.of(Split.TRAIN))) {
        StrictUtf8.decode(row.getAs(TEXT)).ifPresent(counts::add);
      }
    }
    return counts;
  }
}
