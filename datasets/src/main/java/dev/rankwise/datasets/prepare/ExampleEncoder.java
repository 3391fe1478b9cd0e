package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.CheckedRow;
import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.example.LabelSet;
import dev.rankwise.datasets.pack.SequencePicture;
import dev.rankwise.datasets.shard.ExampleRows;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.sql.Row;

/** Tokenises the rows of a partition, on an executor. */
final class ExampleEncoder implements Serializable {
  private static final long serialVersionUID = 1L;

  private final LabelSet labels;
  private final TokenizerSource tokenizer;
  private final int maximumTokens;

  /**
   * An encoder.
   *
   * @param labels the label set; rows with other labels are left out
   * @param tokenizer where the tokenizer comes from
   * @param maximumTokens longest example
   */
  ExampleEncoder(LabelSet labels, TokenizerSource tokenizer, int maximumTokens) {
    this.labels = labels;
    this.tokenizer = tokenizer;
    this.maximumTokens = maximumTokens;
  }

  Iterator<Row> encode(Iterator<CheckedRow> rows, long firstPosition) {
    Map<String, Integer> indexes = labels.indexes();
    Optional<Tokenizer> opened = tokenizer.shared();
    Iterable<CheckedRow> iterable = () -> rows;
    Stream<CheckedRow> known =
        StreamSupport.stream(iterable.spliterator(), false)
            .filter(row -> indexes.containsKey(row.label()));
    long[] position = {firstPosition};
    return known
        .map(row -> example(row, opened, indexes.get(row.label()), checked(position[0]++)))
        .iterator();
  }

  private Row example(CheckedRow row, Optional<Tokenizer> opened, int label, int position) {
    if (!row.pictures().isEmpty()) {
      List<SequencePicture> picture = List.of(new SequencePicture(0, row.pictures().get(0)));
      // A class token and the patches, as many as the limit says; none of them is looked up.
      return ExampleRows.whole(
          new Example(position, row.id(), new int[maximumTokens], label, picture));
    }
    Tokenizer texts = opened.orElseThrow();
    // One token more than allowed shows whether the text was cut.
    int[] probe = texts.encode(row.text(), maximumTokens + 1);
    if (probe.length <= maximumTokens) {
      return ExampleRows.whole(new Example(position, row.id(), probe, label));
    }
    int[] ids = texts.encode(row.text(), maximumTokens);
    return ExampleRows.truncated(new Example(position, row.id(), ids, label));
  }

  private static int checked(long position) {
    if (position > Integer.MAX_VALUE) {
      throw new DataException(
          "Cannot prepare more than "
              + Integer.MAX_VALUE
              + " examples in a split; prepare the rows in several data sets");
    }
    return (int) position;
  }
}
