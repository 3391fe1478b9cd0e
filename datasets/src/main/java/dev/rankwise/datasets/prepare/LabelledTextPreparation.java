package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.CheckedRow;
import dev.rankwise.datasets.example.LabelSet;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.example.LabelledRowCheck;
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
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Makes prepared data out of rows of labelled text.
 *
 * <pre>
 * rows ──check──▶ accepted │ rejected          one row in, one verdict out
 *      ──order──▶ by SHA-256 of the id         duplicates fall out here
 *      ──split──▶ test │ train │ unused        by rank or by hash, never by row order
 *      ──label──▶ class numbers                labels of the training rows, sorted
 *      ──tokenise──▶ ids                       on the executors
 *      ──write──▶ Parquet + manifest           all or nothing
 * </pre>
 *
 * <p>The content does not depend on the order of the rows, on how the input or the work is
 * partitioned, or on the number of executors. Driver only.
 */
public final class LabelledTextPreparation {
  private static final int RANGES_PER_CORE = 4;
  private static final int MOST_RANGES = 2_000;

  private final RowSource source;
  private final Optional<RowSource> evaluation;
  private final PreparationSettings settings;
  private final TokenizerSource tokenizer;

  /** A preparation of the rows of {@code source}, split as the settings say. */
  public LabelledTextPreparation(
      RowSource source, PreparationSettings settings, TokenizerSource tokenizer) {
    this(source, Optional.empty(), settings, tokenizer);
  }

  private LabelledTextPreparation(
      RowSource source,
      Optional<RowSource> evaluation,
      PreparationSettings settings,
      TokenizerSource tokenizer) {
    this.source = Objects.requireNonNull(source, "source");
    this.evaluation = evaluation;
    this.settings = Objects.requireNonNull(settings, "settings");
    this.tokenizer = Objects.requireNonNull(tokenizer, "tokenizer");
  }

  /** This preparation with the held-out rows from {@code rows}, all of them. */
  public LabelledTextPreparation withEvaluation(RowSource rows) {
    if (settings.split().yields(Split.TEST)) {
      throw new UserInputException(
          "Invalid split: \""
              + settings.split().description()
              + "\" holds rows out although a separate evaluation source is named; drop one of the"
              + " two");
    }
    return new LabelledTextPreparation(source, Optional.of(rows), settings, tokenizer);
  }

  /**
   * Reads, checks, orders, splits and tokenises the rows and puts them at {@code directory}; older
   * prepared data there is replaced.
   *
   * @throws DataException when no row can be used, a column is missing, or all rows have one label
   */
  public PreparedData prepare(SparkSession spark, String directory) {
    try {
      return prepared(spark, directory);
    } catch (Exception failure) {
      throw SparkFailures.translated(failure, "prepare the data");
    }
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
    try (OrderedRows rows = ordered(spark, source, settings.split());
        OrderedRows held =
            evaluation.map(from -> ordered(spark, from, SplitRule.testOnly())).orElse(null)) {
      requireRows(rows, "the data");
      if (held != null) {
        requireRows(held, "the evaluation data");
      }
      SplitRows train = SplitRows.of(rows, Split.TRAIN);
      SplitRows test = SplitRows.of(held == null ? rows : held, Split.TEST);
      requireSplits(rows, train, test);
      LabelSet labels =
          settings.labels().isEmpty()
              ? LabelSet.sorted(train.labels())
              : new LabelSet(settings.labels());
      requireKnownLabels(labels, train, test);
      List<OrderedRows> sources = held == null ? List.of(rows) : List.of(rows, held);
      return write(spark, directory, origin, sources, labels, List.of(train, test));
    }
  }

  private PreparedData write(
      SparkSession spark,
      String directory,
      PreparedWriter.Origin origin,
      List<OrderedRows> sources,
      LabelSet labels,
      List<SplitRows> splits) {
    try (PreparedWriter writer =
        new PreparedWriter(spark, directory, labels, settings.maximumTokens())) {
      Map<Split, SplitManifest> written = new EnumMap<>(Split.class);
      JavaRDD<Row> rejections = rejections(sources);
      for (SplitRows split : splits) {
        JavaRDD<Row> examples = split.examples(labels, tokenizer, settings.maximumTokens());
        written.put(split.split(), writer.write(split.split(), examples));
        rejections =
            rejections.union(PreparedWriter.placed(split.unknownRows(labels), split.split()));
      }
      writer.writeRejections(rejections);
      return writer.commit(origin, funnel(sources, labels, splits, written));
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
      List<OrderedRows> sources,
      LabelSet labels,
      List<SplitRows> splits,
      Map<Split, SplitManifest> written) {
    Map<RejectionReason, Long> rejected = new EnumMap<>(RejectionReason.class);
    long read = 0;
    long unused = 0;
    for (OrderedRows rows : sources) {
      rows.rejected().forEach((reason, count) -> rejected.merge(reason, count, Long::sum));
      read += rows.read();
      unused += rows.accepted();
    }
    for (SplitRows split : splits) {
      unused -= split.size();
      long unknown = split.unknown(labels);
      if (unknown > 0) {
        rejected.merge(RejectionReason.UNKNOWN_LABEL, unknown, Long::sum);
      }
    }
    SplitManifest train = written.get(Split.TRAIN);
    SplitManifest test = written.get(Split.TEST);
    return new Funnel(
        read,
        rejected,
        unused,
        train.examples(),
        test.examples(),
        train.truncated() + test.truncated());
  }

  private OrderedRows ordered(SparkSession spark, RowSource from, SplitRule rule) {
    LabelledColumns columns = settings.columns();
    LabelledRowCheck check = new LabelledRowCheck(columns, settings.limits());
    JavaRDD<Row> raw = from.rows(spark, columns.names(), settings.limits()).toJavaRDD();
    JavaRDD<CheckedRow> checked = raw.map(row -> RawRows.checked(row, check));
    int cores = spark.sparkContext().defaultParallelism();
    int ranges = Math.max(raw.getNumPartitions(), RANGES_PER_CORE * cores);
    return OrderedRows.of(checked, rule, Math.min(ranges, MOST_RANGES));
  }

  private static void requireRows(OrderedRows rows, String what) {
    if (rows.accepted() > 0) {
      return;
    }
    if (rows.read() == 0) {
      throw new DataException(
          "Cannot prepare " + what + ": it holds no row; check the path, the table or the query");
    }
    String reasons =
        rows.rejected().entrySet().stream()
            .map(entry -> entry.getValue() + " because " + entry.getKey().description())
            .collect(Collectors.joining(", "));
    throw new DataException(
        "Cannot prepare "
            + what
            + ": none of its "
            + rows.read()
            + " rows can be used ("
            + reasons
            + "); check the columns that the recipe names");
  }

  private void requireSplits(OrderedRows rows, SplitRows train, SplitRows test) {
    boolean trains = settings.split().yields(Split.TRAIN);
    boolean holdsOut = settings.split().yields(Split.TEST);
    if ((trains && train.size() == 0) || (holdsOut && test.size() == 0)) {
      throw new DataException(
          "Cannot split "
              + rows.accepted()
              + " rows as asked ("
              + settings.split().description()
              + "): "
              + (test.size() == 0 ? "no row is held out" : "no row is left to train on")
              + "; ask for fewer or more test rows, or bring more rows");
    }
  }

  private void requireKnownLabels(LabelSet labels, SplitRows train, SplitRows test) {
    for (SplitRows split : List.of(train, test)) {
      long unknown = split.unknown(labels);
      boolean allUnknown = unknown > 0 && unknown == split.size();
      if (allUnknown || (unknown > 0 && settings.unknownLabels() == UnknownLabels.FAIL)) {
        throw new DataException(
            "Cannot use "
                + unknown
                + " of "
                + split.size()
                + " "
                + split.split().folder()
                + " rows: their label is not one of the "
                + labels.size()
                + " known labels ("
                + shown(labels)
                + "); check the label column, or mend or leave out these rows");
      }
    }
  }

  private static String shown(LabelSet labels) {
    int most = 10;
    String first =
        labels.labels().stream()
            .limit(most)
            .map(label -> "\"" + label + "\"")
            .collect(Collectors.joining(", "));
    return labels.size() > most ? first + " …" : first;
  }

  private PreparedWriter.Origin origin(SparkSession spark) {
    List<SourceDescription> sources = described(spark);
    return new PreparedWriter.Origin(
        freshness(sources),
        tokenizer.baseSha256(),
        OpenTokenizers.of(tokenizer).sha256(),
        sources,
        settings.described());
  }

  private List<SourceDescription> described(SparkSession spark) {
    List<SourceDescription> sources = new ArrayList<>(List.of(source.describe(spark)));
    evaluation.ifPresent(held -> sources.add(held.describe(spark)));
    return sources;
  }

  private String freshness(List<SourceDescription> sources) {
    if (!sources.stream().allMatch(SourceDescription::versioned)) {
      return "";
    }
    ContentHash hash = new ContentHash().add(DataManifest.VERSION);
    hash.add(tokenizer.baseSha256()).add(OpenTokenizers.of(tokenizer).sha256());
    settings.described().forEach((key, value) -> hash.add(key).add(value));
    for (SourceDescription from : sources) {
      hash.add(from.kind()).add(from.location()).add(from.version());
    }
    return hash.hex();
  }
}
