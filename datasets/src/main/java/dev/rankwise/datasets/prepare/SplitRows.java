package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.CheckedRow;
import dev.rankwise.datasets.example.LabelSet;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.Rejection;
import dev.rankwise.datasets.source.RejectionReason;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;

/**
 * The rows of one split with the labels that occur in each partition: enough to number examples
 * without gaps once the label set is known.
 */
final class SplitRows {
  private final Split split;
  private final JavaRDD<CheckedRow> rows;
  private final List<Map<String, Long>> labels;

  private SplitRows(Split split, JavaRDD<CheckedRow> rows, List<Map<String, Long>> labels) {
    this.split = split;
    this.rows = rows;
    this.labels = labels;
  }

  static SplitRows of(OrderedRows ordered, Split split) {
    JavaRDD<CheckedRow> rows = ordered.in(split);
    return new SplitRows(split, rows, rows.mapPartitions(SplitRows::labelCounts).collect());
  }

  Split split() {
    return split;
  }

  /** Every label that occurs. */
  Set<String> labels() {
    Set<String> occurring = new TreeSet<>();
    for (Map<String, Long> partition : labels) {
      occurring.addAll(partition.keySet());
    }
    return occurring;
  }

  /** Rows of the split, with known labels or not. */
  long size() {
    return labels.stream().flatMap(part -> part.values().stream()).mapToLong(n -> n).sum();
  }

  /** Rows whose label is not in {@code known}. */
  long unknown(LabelSet known) {
    long rows = size();
    for (long partition : knownByPartition(known)) {
      rows -= partition;
    }
    return rows;
  }

  /** The rejections of rows whose label is not in {@code known}. */
  JavaRDD<Rejection> unknownRows(LabelSet known) {
    Map<String, Integer> indexes = known.indexes();
    return rows.filter(row -> !indexes.containsKey(row.label()))
        .map(row -> new Rejection(row.id(), RejectionReason.UNKNOWN_LABEL));
  }

  /** The tokenised rows with a known label, numbered from 0 in canonical order. */
  JavaRDD<Row> examples(LabelSet known, TokenizerSource tokenizer, int maximumTokens) {
    long[] sizes = knownByPartition(known);
    long[] firstPositions = new long[sizes.length];
    for (int i = 1; i < sizes.length; i++) {
      firstPositions[i] = firstPositions[i - 1] + sizes[i - 1];
    }
    ExampleEncoder encoder = new ExampleEncoder(known, tokenizer, maximumTokens);
    return rows.mapPartitionsWithIndex(
        (partition, iterator) -> encoder.encode(iterator, firstPositions[partition]), true);
  }

  private long[] knownByPartition(LabelSet known) {
    Map<String, Integer> indexes = known.indexes();
    return labels.stream()
        .mapToLong(
            partition ->
                partition.entrySet().stream()
                    .filter(entry -> indexes.containsKey(entry.getKey()))
                    .mapToLong(Map.Entry::getValue)
                    .sum())
        .toArray();
  }

  private static Iterator<Map<String, Long>> labelCounts(Iterator<CheckedRow> rows) {
    Map<String, Long> counts = new LinkedHashMap<>();
    while (rows.hasNext()) {
      counts.merge(rows.next().label(), 1L, Long::sum);
      if (counts.size() > LabelSet.MAXIMUM_LABELS) {
        throw LabelSet.tooMany();
      }
    }
    return List.of(counts).iterator();
  }
}
