package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.clean.CleanedSource;
import dev.rankwise.datasets.clean.RowChange;
import dev.rankwise.datasets.example.RowTask;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.Funnel;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.PreparedWriter;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.shard.SplitManifest;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.datasets.source.SparkFailures;
import dev.rankwise.datasets.spark.NamedJobs;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import java.io.FileNotFoundException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Makes prepared data out of rows: of labelled text, or of conversations and texts.
 *
 * <pre>
 * rows ──clean──▶ mended │ left out              only if asked: {@link CleanedSource}
 *      ──check──▶ accepted │ rejected          one row in, one verdict out
 *      ──order──▶ by SHA-256 of the id         duplicates fall out here
 *      ──split──▶ test │ train │ unused        by rank or by hash, never by row order
 *      ──make──▶ examples                      {@link LabelledExamples}, {@link SequenceExamples}
 *      ──write──▶ Parquet + manifest           all or nothing
 * </pre>
 *
 * <p>The content does not depend on the order of the rows, on how the input or the work is
 * partitioned, or on the number of executors. Driver only.
 */
public final class DataPreparation {
  /** Raised when equal rows and settings come to be prepared otherwise than before. */
  private static final int RULES = 2;

  /** One, or of several tasks that of each. */
  private final List<RowSource> sources;

  private final Optional<RowSource> evaluation;
  private final PreparationTask task;
  private final TokenizerSource tokenizer;

  /** A preparation of the rows of {@code source}, split as the task says. */
  public DataPreparation(RowSource source, PreparationTask task, TokenizerSource tokenizer) {
    this(List.of(source), Optional.empty(), task, tokenizer);
  }

  private DataPreparation(
      List<RowSource> sources,
      Optional<RowSource> evaluation,
      PreparationTask task,
      TokenizerSource tokenizer) {
    this.sources = List.copyOf(sources);
    this.evaluation = evaluation;
    this.task = Objects.requireNonNull(task, "task");
    this.tokenizer = Objects.requireNonNull(tokenizer, "tokenizer");
  }

  /**
   * A preparation of rows of several tasks. Rows with one id lie on one side of the split, whatever
   * their tasks.
   *
   * @param sources where the rows of each of the settings' tasks lie, by its number; rows of one
   *     source whose column names the task are prepared as those without tasks are
   */
  public static DataPreparation ofTasks(
      List<RowSource> sources, SequenceSettings settings, TokenizerSource tokenizer) {
    if (sources.size() != settings.tasks().size()) {
      throw new InternalException(
          "%s sources of %s tasks".formatted(sources.size(), settings.tasks().size()));
    }
    return new DataPreparation(sources, Optional.empty(), settings, tokenizer);
  }

  /** This preparation with the held-out rows from {@code rows}, all of them. */
  public DataPreparation withEvaluation(RowSource rows) {
    requireNoneHeldOut(task.split());
    if (isOfSeveralSources()) {
      throw new UserInputException(
          "Cannot hold out the rows of a separate evaluation source: nothing says which of several"
              + " tasks they are of; hold rows out with data.test-fraction or data.test-rows");
    }
    return new DataPreparation(sources, Optional.of(rows), task, tokenizer);
  }

  /**
   * Reads, checks, orders, splits and tokenises the rows and puts them at {@code directory}; older
   * prepared data there is replaced.
   *
   * @throws DataException when no row can be used, a column is missing, or all rows have one label
   */
  public PreparedData prepare(SparkSession spark, String directory) {
    NamedJobs named = NamedJobs.of(spark.sparkContext(), "prepare the data");
    try {
      return prepared(spark, directory);
    } catch (Exception failure) {
      throw gone(failure).orElseGet(() -> SparkFailures.translated(failure, "prepare the data"));
    } finally {
      named.close();
    }
  }

  /** The failure for a file of a source that went after it was listed. */
  private static Optional<RuntimeException> gone(Exception failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof RankwiseException) {
        return Optional.empty();
      }
      if (cause instanceof FileNotFoundException) {
        String words = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
        return Optional.of(
            new DataException(
                ("Cannot prepare the data: a file went after its source was listed (%s), because a table"
                        + " was written again or old versions were removed; run again, and let nobody"
                        + " do that meanwhile")
                    .formatted(words),
                failure));
      }
    }
    return Optional.empty();
  }

  /**
   * The data at {@code directory} if this preparation would make the same again: equal sources,
   * settings and tokenizer. Nothing where there is none, it is older, or a source may have changed
   * unseen.
   */
  public Optional<PreparedData> fresh(SparkSession spark, String directory) {
    if (!PreparedData.exists(spark, directory)) {
      return Optional.empty();
    }
    String freshness = freshness(described(spark));
    String found = PreparedData.card(spark, directory).manifest().freshness();
    return freshness.isEmpty() || !freshness.equals(found)
        ? Optional.empty()
        : Optional.of(PreparedData.open(spark, directory));
  }

  private PreparedData prepared(SparkSession spark, String directory) {
    PreparedWriter.Origin origin = origin(spark);
    try (OrderedRows held =
            evaluation.map(from -> OrderedRows.heldOut(spark, from, task)).orElse(null);
        OrderedRows rows = ordered(spark, held)) {
      requireRows(rows, held);
      try (TaskExamples examples = examples(rows, held == null ? rows : held)) {
        requireUse(examples.splits());
        List<OrderedRows> all = held == null ? List.of(rows) : List.of(rows, held);
        return write(spark, directory, origin, all, examples);
      }
    }
  }

  private OrderedRows ordered(SparkSession spark, OrderedRows held) {
    return isOfSeveralSources()
        ? OrderedRows.ofTasks(spark, sources, (SequenceSettings) task)
        : OrderedRows.of(spark, sources.get(0), task, held);
  }

  /** Whether each task has a source of its own. */
  private boolean isOfSeveralSources() {
    return task instanceof SequenceSettings sequences
        && !sequences.tasks().isEmpty()
        && sequences.taskColumn().isEmpty();
  }

  private List<RowTask> tasks() {
    return task instanceof SequenceSettings sequences ? sequences.tasks() : List.of();
  }

  private TaskExamples examples(OrderedRows train, OrderedRows test) {
    if (task instanceof PreparationSettings labelled) {
      return LabelledExamples.of(train, test, labelled, tokenizer);
    }
    return SequenceExamples.of(train, test, (SequenceSettings) task, tokenizer);
  }

  private PreparedData write(
      SparkSession spark,
      String directory,
      PreparedWriter.Origin origin,
      List<OrderedRows> sources,
      TaskExamples examples) {
    try (PreparedWriter writer =
        new PreparedWriter(
            spark,
            directory,
            examples.kind(),
            examples.labels(),
            tasks().stream().map(RowTask::name).toList(),
            task.maximumTokens())) {
      Map<Split, SplitManifest> written = new EnumMap<>(Split.class);
      JavaRDD<Row> rejections = rejections(sources);
      for (SplitExamples split : examples.splits()) {
        written.put(
            split.split(),
            task.pictures().isPresent()
                ? writer.writePictured(split.split(), split.examples())
                : writer.write(split.split(), split.examples()));
        rejections = rejections.union(PreparedWriter.placed(split.rejections(), split.split()));
      }
      writer.writeRejections(rejections);
      return writer.commit(origin, funnel(sources, examples.splits(), written));
    }
  }

  private static JavaRDD<Row> rejections(List<OrderedRows> sources) {
    JavaRDD<Row> rejections = PreparedWriter.unplaced(sources.get(0).rejections());
    for (OrderedRows held : sources.subList(1, sources.size())) {
      rejections = rejections.union(PreparedWriter.placed(held.rejections(), Split.TEST));
    }
    return rejections;
  }

  private static Funnel funnel(
      List<OrderedRows> sources, List<SplitExamples> splits, Map<Split, SplitManifest> written) {
    Map<RejectionReason, Long> rejected = new EnumMap<>(RejectionReason.class);
    Map<RowChange, Long> changed = new EnumMap<>(RowChange.class);
    Map<Split, Long> used = new EnumMap<>(Split.class);
    long read = 0;
    long unused = 0;
    long truncated = 0;
    for (OrderedRows rows : sources) {
      rows.rejected().forEach((reason, count) -> rejected.merge(reason, count, Long::sum));
      rows.changed().forEach((change, count) -> changed.merge(change, count, Long::sum));
      read += rows.read();
      unused += rows.accepted();
    }
    for (SplitExamples split : splits) {
      unused -= split.rows();
      used.put(split.split(), split.used());
      truncated += split.truncated(written.get(split.split()));
      split.rejected().forEach((reason, count) -> rejected.merge(reason, count, Long::sum));
    }
    return new Funnel(
        read, rejected, unused, used.get(Split.TRAIN), used.get(Split.TEST), truncated, changed);
  }

  /**
   * Fails where rows are held out in two ways at once.
   *
   * @param rule how the rows are split beside a separate evaluation source
   */
  static void requireNoneHeldOut(SplitRule rule) {
    if (rule.yields(Split.TEST)) {
      throw new UserInputException(
          "Invalid split: \""
              + rule.description()
              + "\" holds rows out although a separate evaluation source is named; drop one of the"
              + " two");
    }
  }

  /**
   * Fails where a source has no row that can be used.
   *
   * @param held the rows of a separate evaluation source; null where there is none
   */
  static void requireRows(OrderedRows rows, OrderedRows held) {
    requireRows(rows, "the data");
    if (held != null) {
      requireRows(held, "the evaluation data");
    }
  }

  private static void requireRows(OrderedRows rows, String what) {
    if (rows.accepted() > 0) {
      return;
    }
    if (rows.read() == 0) {
      throw new DataException(
          "Cannot prepare " + what + ": it holds no row; check the path, the table or the query");
    }
    throw new DataException(
        "Cannot prepare "
            + what
            + ": none of its "
            + rows.read()
            + " rows can be used ("
            + reasons(rows.rejected())
            + "); "
            + remedy(rows.rejected(), "check the columns that the recipe names"));
  }

  private static void requireUse(List<SplitExamples> splits) {
    for (SplitExamples split : splits) {
      if (split.rows() > 0 && split.used() == 0) {
        throw new DataException(
            "Cannot use any of the %s %s rows (%s); %s"
                .formatted(
                    split.rows(),
                    split.split().folder(),
                    reasons(split.rejected()),
                    remedy(
                        split.rejected(), "check the columns and the token limit of the recipe")));
      }
    }
  }

  /**
   * Fails if a split is empty that the rule is to fill.
   *
   * @param rows rows of the split
   * @param accepted rows that there are for all splits
   */
  static void requireSplit(SplitRule rule, Split split, long rows, long accepted) {
    if (rows == 0 && rule.yields(split)) {
      throw new DataException(
          "Cannot split "
              + accepted
              + " rows as asked ("
              + rule.description()
              + "): "
              + (split == Split.TEST ? "no row is held out" : "no row is left to train on")
              + "; ask for fewer or more test rows, or bring more rows");
    }
  }

  private static String remedy(Map<RejectionReason, Long> rejected, String usual) {
    if (rejected.keySet().equals(Set.of(RejectionReason.HELD_OUT))) {
      return "name other rows in data.evaluation-source, or hold some of these out with"
          + " data.test-fraction";
    }
    String format =
        "name another format in data.chat-format: " + String.join(", ", ChatFormat.labels());
    long ofTheFormat =
        rejected.keySet().stream().filter(RejectionReason::isOfTheChatFormat).count();
    if (ofTheFormat == 0) {
      return usual;
    }
    return ofTheFormat == rejected.size() ? format : usual + ", or " + format;
  }

  private static String reasons(Map<RejectionReason, Long> rejected) {
    return rejected.entrySet().stream()
        .map(entry -> entry.getValue() + " because " + entry.getKey().description())
        .collect(Collectors.joining(", "));
  }

  private PreparedWriter.Origin origin(SparkSession spark) {
    List<SourceDescription> sources = described(spark);
    return new PreparedWriter.Origin(
        freshness(sources),
        tokenizer.baseSha256(),
        tokenizer.tokenizerSha256(),
        sources,
        described());
  }

  /** The settings, and how rows are cleaned where they are. */
  private Map<String, String> described() {
    Map<String, String> described = new LinkedHashMap<>(task.described());
    sources.forEach(source -> described.putAll(source.cleaning()));
    return described;
  }

  private List<SourceDescription> described(SparkSession spark) {
    List<SourceDescription> described = new ArrayList<>();
    sources.forEach(source -> described.add(source.describe(spark)));
    evaluation.ifPresent(held -> described.add(held.describe(spark)));
    return described;
  }

  private String freshness(List<SourceDescription> described) {
    // Files that rows name by paths may change while the rows do not.
    boolean elsewhere =
        task.pictures().isPresent()
            && Stream.concat(sources.stream(), evaluation.stream())
                .anyMatch(RowSource::mayNameFiles);
    if (elsewhere || !described.stream().allMatch(SourceDescription::versioned)) {
      return "";
    }
    ContentHash hash = new ContentHash().add(DataManifest.VERSION).add(RULES);
    hash.add(tokenizer.baseSha256()).add(tokenizer.tokenizerSha256());
    task.described().forEach((key, value) -> hash.add(key).add(value));
    for (SourceDescription from : described) {
      hash.add(from.kind()).add(from.location()).add(from.version());
    }
    return hash.hex();
  }
}
