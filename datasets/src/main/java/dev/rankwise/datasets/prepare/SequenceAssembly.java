package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.pack.TrainedTokens;
import dev.rankwise.datasets.shard.SequenceRows;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import scala.Tuple2;

/**
 * Brings the texts of each sequence together: one shuffle, sorted by sequence and place, so that
 * the result depends on the plan alone.
 */
final class SequenceAssembly implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Broadcast<int[]> sequenceOf;
  private final int[] firstTexts;
  private final int sequences;
  private final int partitions;

  /**
   * An assembly.
   *
   * @param sequenceOf sequence of each text, by its place
   * @param firstTexts place of the first text of each partition of the rows
   * @param sequences number of sequences
   * @param partitions how many partitions the sequences come in
   */
  SequenceAssembly(Broadcast<int[]> sequenceOf, int[] firstTexts, int sequences, int partitions) {
    this.sequenceOf = sequenceOf;
    this.firstTexts = firstTexts.clone();
    this.sequences = sequences;
    this.partitions = partitions;
  }

  JavaRDD<Row> sequences(JavaRDD<EncodedRow> rows) {
    return rows.mapPartitionsWithIndex(this::texts, true)
        .mapToPair(text -> new Tuple2<>(text.key(), text))
        .repartitionAndSortWithinPartitions(new SequenceRanges(sequences, partitions))
        .values()
        .mapPartitions(Assembled::new);
  }

  private Iterator<PlacedText> texts(int partition, Iterator<EncodedRow> rows) {
    int[] plan = sequenceOf.value();
    return new Iterator<>() {
      private int place = firstTexts[partition];
      private EncodedRow row;
      private int text;

      @Override
      public boolean hasNext() {
        while ((row == null || text == row.texts()) && rows.hasNext()) {
          row = rows.next();
          text = 0;
        }
        return row != null && text < row.texts();
      }

      @Override
      public PlacedText next() {
        if (!hasNext()) {
          throw new NoSuchElementException("No text is left");
        }
        PlacedText placed =
            new PlacedText(
                plan[place], place, row.id(), row.text(text), row.task(), row.cut() ? 1 : 0);
        text++;
        place++;
        return placed;
      }
    };
  }

  /**
   * A text with its place in the plan.
   *
   * @param sequence its sequence
   * @param place its place among all texts
   * @param rowId its row
   * @param tokens its tokens
   * @param task its row's task
   * @param cut 1 if it is a piece of a longer text
   */
  private record PlacedText(
      int sequence, int place, String rowId, TrainedTokens tokens, int task, int cut)
      implements Serializable {

    /** Sequence first, then place. */
    long key() {
      return ((long) sequence << Integer.SIZE) | place;
    }
  }

  /** Cuts the sequences into ranges of equal numbers. */
  private static final class SequenceRanges extends Partitioner {
    private static final long serialVersionUID = 1L;

    private final int sequences;
    private final int ranges;

    SequenceRanges(int sequences, int ranges) {
      this.sequences = sequences;
      this.ranges = Math.max(1, ranges);
    }

    @Override
    public int numPartitions() {
      return ranges;
    }

    @Override
    public int getPartition(Object key) {
      long sequence = (long) key >>> Integer.SIZE;
      return (int) (sequence * ranges / sequences);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof SequenceRanges that
          && sequences == that.sequences
          && ranges == that.ranges;
    }

    @Override
    public int hashCode() {
      return 31 * sequences + ranges;
    }
  }

  /** Joins neighbouring texts of one sequence. */
  private static final class Assembled implements Iterator<Row> {
    private final Iterator<PlacedText> texts;
    private PlacedText ahead;

    Assembled(Iterator<PlacedText> texts) {
      this.texts = texts;
      this.ahead = texts.hasNext() ? texts.next() : null;
    }

    @Override
    public boolean hasNext() {
      return ahead != null;
    }

    @Override
    public Row next() {
      if (ahead == null) {
        throw new NoSuchElementException("No sequence is left");
      }
      int sequence = ahead.sequence();
      int task = ahead.task();
      List<String> rowIds = new ArrayList<>();
      List<TrainedTokens> tokens = new ArrayList<>();
      int cut = 0;
      while (ahead != null && ahead.sequence() == sequence) {
        rowIds.add(ahead.rowId());
        tokens.add(ahead.tokens());
        cut += ahead.cut();
        ahead = texts.hasNext() ? texts.next() : null;
      }
      return SequenceRows.row(Sequence.of(sequence, rowIds, tokens, task), cut);
    }
  }
}
