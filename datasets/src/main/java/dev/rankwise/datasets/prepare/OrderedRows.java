package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.clean.RowChange;
import dev.rankwise.datasets.example.CheckedRow;
import dev.rankwise.datasets.example.HeldOutTexts;
import dev.rankwise.datasets.example.RowCheck;
import dev.rankwise.datasets.picture.PictureFolder;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.Rejection;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.models.failure.DataException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
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
  private static final int MOST_STRATA = 10_000;
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
    return of(spark, source, checked(spark, source, task, ""), SplitRule.testOnly());
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
              checked(spark, sources.get(task), settings.ofTask(task), "")
                  .map(row -> row.ofTask(number)));
    }
    OrderedRows rows = of(spark, all, settings.split());
    sources.forEach(RowSource::release);
    return rows;
  }

  /**
   * The rows of a source, split as the task says.
   *
   * @param held rows of another source, whose texts are rejected as {@link
   *     RejectionReason#HELD_OUT}; null where there is none
   */
  static OrderedRows of(
      SparkSession spark, RowSource source, PreparationTask task, OrderedRows held) {
    JavaRDD<CheckedRow> all = checked(spark, source, task, task.split().column());
    if (held == null) {
      return of(spark, source, all, task.split());
    }
    List<Long> hashes = held.in(Split.TEST).map(HeldOutTexts::hash).collect();
    Broadcast<HeldOutTexts> texts =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .broadcast(HeldOutTexts.ofHashes(hashes));
    return of(spark, source, all.map(row -> texts.value().without(row)), task.split());
  }

  /**
   * Reads and checks rows.
   *
   * @param group the column by which they are split; empty for none
   */
  private static JavaRDD<CheckedRow> checked(
      SparkSession spark, RowSource source, PreparationTask task, String group) {
    AskedColumns asked = task.asked();
    AskedColumns read = group.isEmpty() ? asked : asked.and(List.of(group));
    List<String> names = read.names();
    int[] values = asked.names().stream().mapToInt(names::indexOf).toArray();
    int place = names.indexOf(group);
    int columns = names.size();
    RowCheck check = task.check(folder(spark, source, task));
    JavaRDD<Row> raw = source.rows(spark, read, task.limits()).toJavaRDD();
    return raw.map(row -> RawRows.checked(row, values, place, columns, check));
  }

  private static PictureFolder folder(SparkSession spark, RowSource source, PreparationTask task) {
    return task.pictures().isEmpty()
        ? PictureFolder.NONE
        : source.folder(spark).map(PictureFolder::new).orElse(PictureFolder.NONE);
  }

  private static OrderedRows of(
      SparkSession spark, RowSource source, JavaRDD<CheckedRow> checked, SplitRule rule) {
    OrderedRows rows = of(spark, checked, rule);
    source.release();
    return rows;
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
    boolean stratified = rule instanceof SplitRule.Stratified;
    List<Counts> counts =
        ordered.mapPartitions(part -> List.of(Counts.of(part, stratified)).iterator()).collect();
    Strata.requireFew(counts.stream().map(Counts::strata).toList());
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

  /** Accepted rows by what was changed in them. */
  Map<RowChange, Long> changed() {
    Map<RowChange, Long> total = new EnumMap<>(RowChange.class);
    for (Counts partition : counts) {
      partition.changed().forEach((change, rows) -> total.merge(change, rows, Long::sum));
    }
    return total;
  }

  /** The accepted rows of a split, partition by partition in canonical order. */
  JavaRDD<CheckedRow> in(Split split) {
    if (rule instanceof SplitRule.Stratified stratified) {
      return Strata.of(counts.stream().map(Counts::strata).toList())
          .in(rows.filter(CheckedRow::isAccepted), stratified, split);
    }
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
        .filter(row -> rule.splitOf(ranks.of(row), splitBy(row)).equals(Optional.of(split)))
        .iterator();
  }

  private static String splitBy(CheckedRow row) {
    return row.group().isEmpty() ? row.id() : row.group();
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

  private static Stream<CheckedRow> stream(Iterator<CheckedRow> rows) {
    Iterable<CheckedRow> iterable = () -> rows;
    return StreamSupport.stream(iterable.spliterator(), false);
  }

  /**
   * What one partition holds.
   *
   * @param accepted rows that may become examples
   * @param rejected the others, by reason
   * @param changed rows of {@code accepted} by what was changed in them
   * @param strata rows of {@code accepted} by stratum; empty where none are told apart
   */
  private record Counts(
      long accepted,
      Map<RejectionReason, Long> rejected,
      Map<RowChange, Long> changed,
      Map<String, Long> strata)
      implements Serializable {
    static Counts of(Iterator<CheckedRow> rows, boolean stratified) {
      long accepted = 0;
      Map<RejectionReason, Long> rejected = new EnumMap<>(RejectionReason.class);
      Map<RowChange, Long> changed = new EnumMap<>(RowChange.class);
      Map<String, Long> strata = new LinkedHashMap<>();
      while (rows.hasNext()) {
        CheckedRow row = rows.next();
        if (!row.isAccepted()) {
          rejected.merge(row.reason(), 1L, Long::sum);
          continue;
        }
        accepted++;
        RowChange.of(row.changes()).forEach(change -> changed.merge(change, 1L, Long::sum));
        if (stratified && (strata.size() <= MOST_STRATA || strata.containsKey(row.group()))) {
          // One more than there may be says that there are too many; the driver needs no list of
          // all.
          strata.merge(row.group(), 1L, Long::sum);
        }
      }
      return new Counts(accepted, rejected, changed, strata);
    }
  }

  /**
   * Places rows by their rank within their stratum, in canonical order.
   *
   * @param sizes rows of each stratum
   * @param before by partition, rows of each stratum in the partitions before it
   */
  record Strata(Map<String, Long> sizes, List<Map<String, Long>> before) {
    /**
     * The strata of partitions in order.
     *
     * @param partitions rows of each stratum, by partition
     */
    static Strata of(List<Map<String, Long>> partitions) {
      Map<String, Long> sizes = new LinkedHashMap<>();
      List<Map<String, Long>> before = new ArrayList<>();
      for (Map<String, Long> partition : partitions) {
        Map<String, Long> ranks = new LinkedHashMap<>();
        partition.keySet().forEach(name -> ranks.put(name, sizes.getOrDefault(name, 0L)));
        before.add(ranks);
        partition.forEach((name, rows) -> sizes.merge(name, rows, Long::sum));
      }
      return new Strata(sizes, before);
    }

    /** Fails where there are more strata than a column that tells kinds apart has. */
    static void requireFew(List<Map<String, Long>> partitions) {
      long strata = partitions.stream().flatMap(part -> part.keySet().stream()).distinct().count();
      if (strata > MOST_STRATA) {
        throw new DataException(
            ("Cannot hold out a share of each stratum: there are %s (at most %s); name a column with"
                    + " fewer values in data.stratify-column, or hold out groups with data.group-column")
                .formatted(strata, MOST_STRATA));
      }
    }

    /**
     * The rows of a split.
     *
     * @param accepted accepted rows, partition by partition in canonical order
     */
    JavaRDD<CheckedRow> in(JavaRDD<CheckedRow> accepted, SplitRule.Stratified rule, Split split) {
      Map<String, Long> all = new LinkedHashMap<>(sizes);
      List<Map<String, Long>> ranks = new ArrayList<>(before);
      return accepted.mapPartitionsWithIndex(
          (partition, rows) -> placed(rows, ranks.get(partition), all, rule, split), true);
    }

    private static Iterator<CheckedRow> placed(
        Iterator<CheckedRow> rows,
        Map<String, Long> first,
        Map<String, Long> sizes,
        SplitRule.Stratified rule,
        Split split) {
      Map<String, Long> next = new LinkedHashMap<>(first);
      return stream(rows)
          .filter(
              row -> {
                long rank = next.merge(row.group(), 1L, Long::sum) - 1;
                return rule.splitOf(rank, sizes.get(row.group())) == split;
              })
          .iterator();
    }
  }
}
