package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.CheckedRow;
import dev.rankwise.datasets.example.HeldOutTexts;
import dev.rankwise.datasets.example.RowCheck;
import dev.rankwise.datasets.picture.PictureFolder;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.Rejection;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowSource;
import java.io.Serializable;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * The rows of one source in canonical order, each in its split.
 *
 * <p>Rows are partitioned by ranges of their hash and sorted inside, so partition by partition they
 * are in canonical order, whatever order and partitioning they came in. Of several accepted rows of
 * one task with one id the first stays, the others become {@link RejectionReason#DUPLICATE}.
 */
final class OrderedRows implements AutoCloseable {
  private static final int RANGES_PER_CORE = 4;
  private static final int MOST_RANGES = 2_000;

  private final JavaRDD<CheckedRow> rows;
  private final SplitRule rule;
  private final List<Counts> counts;

  private OrderedRows(JavaRDD<CheckedRow> rows, SplitRule rule, List<Counts> counts) {
    this.rows = rows;
    this.rule = rule;
    this.counts = List.copyOf(counts);
  }

  /** The rows of a source that is held out as a whole. */
  static OrderedRows heldOut(SparkSession spark, RowSource source, PreparationTask task) {
    return of(spark, checked(spark, source, task), SplitRule.testOnly());
  }

  /**
   * The rows of several tasks, split as the settings say.
   *
   * @param sources where the rows of each task lie, by its number
   */
  static OrderedRows ofTasks(
      SparkSession spark, List<RowSource> sources, SequenceSettings settings) {
    JavaRDD<CheckedRow> all = JavaSparkContext.fromSparkContext(spark.sparkContext()).emptyRDD();
    for (int task = 0; task < sources.size(); task++) {
      int number = task;
      all =
          all.union(
              checked(spark, sources.get(task), settings.ofTask(task))
                  .map(row -> row.ofTask(number)));
    }
    return of(spark, all, settings.split());
  }

  /**
   * The rows of a source, split as the task says.
   *
   * @param held rows of another source, whose texts are rejected as {@link
   *     RejectionReason#HELD_OUT}; null where there is none
   */
  static OrderedRows of(
      SparkSession spark, RowSource source, PreparationTask task, OrderedRows held) {
    JavaRDD<CheckedRow> all = checked(spark, source, task);
    if (held == null) {
      return of(spark, all, task.split());
    }
    List<Long> hashes = held.in(Split.TEST).map(HeldOutTexts::hash).collect();
    Broadcast<HeldOutTexts> texts =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .broadcast(HeldOutTexts.ofHashes(hashes));
    return of(spark, all.map(row -> texts.value().without(row)), task.split());
  }

  private static JavaRDD<CheckedRow> checked(
      SparkSession spark, RowSource source, PreparationTask task) {
    AskedColumns asked = task.asked();
    int columns = asked.names().size();
    RowCheck check = task.check(folder(spark, source, task));
    JavaRDD<Row> raw = source.rows(spark, asked, task.limits()).toJavaRDD();
    return raw.map(row -> RawRows.checked(row, columns, check));
  }

  private static PictureFolder folder(SparkSession spark, RowSource source, PreparationTask task) {
    return task.pictures().isEmpty()
        ? PictureFolder.NONE
        : source.folder(spark).map(PictureFolder::new).orElse(PictureFolder.NONE);
  }

  private static OrderedRows of(SparkSession spark, JavaRDD<CheckedRow> checked, SplitRule rule) {
    int cores = spark.sparkContext().defaultParallelism();
    int ranges = Math.max(checked.getNumPartitions(), RANGES_PER_CORE * cores);
    JavaRDD<CheckedRow> ordered =
        checked
            .mapToPair(row -> new Tuple2<>(CanonicalKey.of(row), row))
            .repartitionAndSortWithinPartitions(new HashRanges(Math.min(ranges, MOST_RANGES)))
            .values()
            .mapPartitions(OrderedRows::withDuplicatesMarked)
            .persist(StorageLevel.MEMORY_AND_DISK());
    List<Counts> counts = ordered.mapPartitions(OrderedRows::counted).collect();
    return new OrderedRows(ordered, rule, counts);
  }

  /** Rows that the source yielded. */
  long read() {
    return accepted() + rejected().values().stream().mapToLong(Long::longValue).sum();
  }

  /** Rows that may become examples. */
  long accepted() {
    return counts.stream().mapToLong(Counts::accepted).sum();
  }

  /** Rows rejected so far, by reason. */
  Map<RejectionReason, Long> rejected() {
    Map<RejectionReason, Long> total = new EnumMap<>(RejectionReason.class);
    for (Counts partition : counts) {
      partition.rejected().forEach((reason, rows) -> total.merge(reason, rows, Long::sum));
    }
    return total;
  }

  /** The accepted rows of a split, partition by partition in canonical order. */
  JavaRDD<CheckedRow> in(Split split) {
    long[] firstRanks = new long[counts.size()];
    for (int i = 1; i < firstRanks.length; i++) {
      firstRanks[i] = firstRanks[i - 1] + counts.get(i - 1).accepted();
    }
    SplitRule placing = rule;
    return rows.mapPartitionsWithIndex(
        (partition, iterator) -> placed(iterator, firstRanks[partition], placing, split), true);
  }

  /** The rows rejected so far. */
  JavaRDD<Rejection> rejections() {
    return rows.filter(row -> !row.isAccepted()).map(CheckedRow::rejection);
  }

  @Override
  public void close() {
    rows.unpersist();
  }

  private static Iterator<CheckedRow> placed(
      Iterator<CheckedRow> rows, long firstRank, SplitRule rule, Split split) {
    Ranks ranks = new Ranks(firstRank);
    return stream(rows)
        .filter(CheckedRow::isAccepted)
        .filter(row -> rule.splitOf(ranks.of(row), row.id()).equals(Optional.of(split)))
        .iterator();
  }

  /** Ranks of accepted rows: those of one id, of several tasks, all have that of their first. */
  private static final class Ranks {
    private long next;
    private long rank;
    private String id;

    Ranks(long first) {
      next = first;
    }

    long of(CheckedRow row) {
      if (!row.id().equals(id)) {
        id = row.id();
        rank = next;
      }
      next++;
      return rank;
    }
  }

  private static Iterator<CheckedRow> withDuplicatesMarked(Iterator<CheckedRow> rows) {
    return stream(rows)
        .map(
            new Function<CheckedRow, CheckedRow>() {
              private String lastAccepted;
              private int lastTask;

              @Override
              public CheckedRow apply(CheckedRow row) {
                if (!row.isAccepted()) {
                  return row;
                }
                if (row.id().equals(lastAccepted) && row.task() == lastTask) {
                  return CheckedRow.rejected(row.id(), RejectionReason.DUPLICATE);
                }
                lastAccepted = row.id();
                lastTask = row.task();
                return row;
              }
            })
        .iterator();
  }

  private static Iterator<Counts> counted(Iterator<CheckedRow> rows) {
    long accepted = 0;
    Map<RejectionReason, Long> rejected = new EnumMap<>(RejectionReason.class);
    while (rows.hasNext()) {
      CheckedRow row = rows.next();
      if (row.isAccepted()) {
        accepted++;
      } else {
        rejected.merge(row.reason(), 1L, Long::sum);
      }
    }
    return List.of(new Counts(accepted, rejected)).iterator();
  }

  private static Stream<CheckedRow> stream(Iterator<CheckedRow> rows) {
    Iterable<CheckedRow> iterable = () -> rows;
    return StreamSupport.stream(iterable.spliterator(), false);
  }

  /** What one partition holds. */
  private record Counts(long accepted, Map<RejectionReason, Long> rejected)
      implements Serializable {}
}
