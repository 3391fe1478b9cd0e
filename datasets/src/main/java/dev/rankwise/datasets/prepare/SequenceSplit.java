package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.pack.PackingPlan;
import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.shard.IntArray;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.shard.SplitManifest;
import dev.rankwise.datasets.source.Rejection;
import dev.rankwise.datasets.source.RejectionReason;
import java.io.Serializable;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/** The tokenised rows of one split and the plan of its sequences. */
final class SequenceSplit implements SplitExamples, AutoCloseable {
  private final Split split;
  private final JavaRDD<EncodedRow> rows;
  private final List<Part> parts;
  private final SequenceSettings settings;

  private SequenceSplit(
      Split split, JavaRDD<EncodedRow> rows, List<Part> parts, SequenceSettings settings) {
    this.split = split;
    this.rows = rows;
    this.parts = parts;
    this.settings = settings;
  }

  static SequenceSplit of(
      Split split, OrderedRows ordered, SequenceEncoder encoder, SequenceSettings settings) {
    JavaRDD<EncodedRow> rows =
        ordered.in(split).mapPartitions(encoder::encode).persist(StorageLevel.MEMORY_AND_DISK());
    return new SequenceSplit(
        split, rows, rows.mapPartitions(SequenceSplit::counted).collect(), settings);
  }

  @Override
  public Split split() {
    return split;
  }

  @Override
  public long rows() {
    long used = parts.stream().mapToLong(Part::used).sum();
    return used + rejected().values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public Map<RejectionReason, Long> rejected() {
    Map<RejectionReason, Long> rejected = new EnumMap<>(RejectionReason.class);
    for (Part part : parts) {
      part.rejected().forEach((reason, count) -> rejected.merge(reason, count, Long::sum));
    }
    return rejected;
  }

  @Override
  public JavaRDD<Rejection> rejections() {
    return rows.filter(row -> row.reason() != null)
        .map(row -> new Rejection(row.id(), row.reason()));
  }

  @Override
  public long truncated(SplitManifest written) {
    return parts.stream().mapToLong(Part::cut).sum();
  }

  @Override
  public JavaRDD<Row> examples() {
    int[] firstTexts = new int[parts.size() + 1];
    for (int i = 0; i < parts.size(); i++) {
      firstTexts[i + 1] = Math.addExact(firstTexts[i], parts.get(i).lengths().length);
    }
    int[] lengths = new int[firstTexts[parts.size()]];
    for (int i = 0; i < parts.size(); i++) {
      int[] part = parts.get(i).lengths();
      System.arraycopy(part, 0, lengths, firstTexts[i], part.length);
    }
    int[] tasks = parts.stream().flatMapToInt(part -> Arrays.stream(part.tasks())).toArray();
    PackingPlan plan = PackingPlan.of(lengths, tasks, settings.maximumTokens(), settings.packing());
    Broadcast<int[]> sequenceOf =
        JavaSparkContext.fromSparkContext(rows.context()).broadcast(plan.sequenceOf());
    SequenceAssembly assembly =
        new SequenceAssembly(sequenceOf, firstTexts, plan.sequences(), rows.getNumPartitions());
    return assembly.sequences(rows);
  }

  /** Rows that became texts, of a task. */
  long used(int task) {
    return parts.stream().mapToLong(part -> part.usedByTask().getOrDefault(task, 0L)).sum();
  }

  @Override
  public void close() {
    rows.unpersist();
  }

  private static Iterator<Part> counted(Iterator<EncodedRow> rows) {
    IntArray lengths = new IntArray();
    IntArray tasks = new IntArray();
    Map<Integer, Long> usedByTask = new TreeMap<>();
    Map<RejectionReason, Long> rejected = new EnumMap<>(RejectionReason.class);
    long used = 0;
    long cut = 0;
    while (rows.hasNext()) {
      EncodedRow row = rows.next();
      if (row.reason() != null) {
        rejected.merge(row.reason(), 1L, Long::sum);
        continue;
      }
      used++;
      cut += row.cut() ? 1 : 0;
      for (int text = 0; text < row.texts(); text++) {
        lengths.add(row.text(text).length());
        if (row.task() != Sequence.NO_TASK) {
          tasks.add(row.task());
        }
      }
      usedByTask.merge(row.task(), 1L, Long::sum);
    }
    return List.of(new Part(lengths.toArray(), tasks.toArray(), used, usedByTask, cut, rejected))
        .iterator();
  }

  /**
   * What one partition holds: lengths of its texts in order, their tasks if they have any, and what
   * became of its rows.
   */
  private record Part(
      int[] lengths,
      int[] tasks,
      long used,
      Map<Integer, Long> usedByTask,
      long cut,
      Map<RejectionReason, Long> rejected)
      implements Serializable {}
}
