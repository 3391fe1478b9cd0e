package dev.rankwise.datasets.clean;

import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.models.failure.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/**
 * The rows of another source, cleaned.
 *
 * <pre>
 * rows ──filter───▶ the recipe's condition, on columns as they come
 *      ──mend─────▶ encodings, control characters, normal form
 *      ──judge────▶ rules of columns, quality, language, evaluation sets
 *      ──mask─────▶ personal data
 *      ──compare──▶ the same text, nearly the same text
 * </pre>
 *
 * <p>A row that is left out is handed on with its reason, as one that could not be read, so it is
 * counted and named like those. Of rows with the same text that one stays whose key has the least
 * SHA-256, or whose values have it where there is no key: by what the rows hold, never by where
 * they lie. Rows that the source could not read pass as they are.
 *
 * <p>Driver only. What is kept for comparing is let go by {@link #release}.
 */
public final class CleanedSource implements RowSource {
  /** Raised when rows come to be cleaned otherwise than before, so that none are kept from then. */
  private static final int RULES = 1;

  private final RowSource rows;
  private final CleaningSettings settings;
  private final List<String> untouched;
  private final String key;
  private final List<RowSource> measured;
  private final Optional<KeptPlace> place;
  private final List<DuplicateRows> kept = new ArrayList<>();
  private final List<Broadcast<MeasuredTexts>> sent = new ArrayList<>();
  private SourceDescription described;

  private CleanedSource(
      RowSource rows,
      CleaningSettings settings,
      List<String> untouched,
      String key,
      List<RowSource> measured,
      Optional<KeptPlace> place) {
    this.rows = rows;
    this.settings = settings;
    this.untouched = List.copyOf(untouched);
    this.key = key;
    this.measured = List.copyOf(measured);
    this.place = place;
  }

  /**
   * Rows to train on, cleaned.
   *
   * @param settings how
   * @param untouched columns that hold no text to clean, such as a label or pictures; an empty name
   *     stands for none
   * @param key the column with a row's key; empty for none
   * @param measured evaluation sets in the same columns: a row that shares a run of 13 words with
   *     one of their texts is left out
   */
  public static RowSource training(
      RowSource rows,
      CleaningSettings settings,
      List<String> untouched,
      String key,
      List<RowSource> measured) {
    return settings.isNothing() && measured.isEmpty()
        ? rows
        : new CleanedSource(rows, settings, untouched, key, measured, Optional.empty());
  }

  /**
   * The same rows, of which those that were read before are kept at a place, so that the next time
   * new ones alone are read and cleaned. A source that does not tell which are new is read as a
   * whole each time.
   *
   * @param place holds the rows of this source alone
   */
  public static RowSource growing(
      RowSource rows,
      CleaningSettings settings,
      List<String> untouched,
      String key,
      List<RowSource> measured,
      KeptPlace place) {
    return new CleanedSource(rows, settings, untouched, key, measured, Optional.of(place));
  }

  /**
   * Rows that a model is measured on: mended and masked as those to train on are, so that equal
   * texts stay equal, but none is left out.
   */
  public static RowSource heldOut(
      RowSource rows, CleaningSettings settings, List<String> untouched, String key) {
    return training(rows, settings.mendingOnly(), untouched, key, List.of());
  }

  @Override
  public Dataset<Row> rows(SparkSession spark, AskedColumns columns, RowLimits limits) {
    List<String> further = new ArrayList<>(settings.filter().columns());
    settings.columnRules().forEach(rule -> further.add(rule.column()));
    AskedColumns read = columns.and(further);
    List<String> texts =
        isAsItIs()
            ? List.of()
            : columns.names().stream().filter(column -> !untouched.contains(column)).toList();
    if (texts.isEmpty() && !isAsItIs()) {
      throw new DataException(
          "Cannot clean rows without a column of text (%s); leave the keys out that clean rows"
              .formatted(String.join(", ", columns.names())));
    }
    StructType schema = CleaningPass.schema(columns.names());
    Function<RowSource, Dataset<Row>> pass =
        from -> passed(spark, from.rows(spark, read, limits), read, columns, texts, limits);
    Optional<KeptRows> before =
        place.flatMap(
            it ->
                keptKey(spark, it, read, limits)
                    .flatMap(by -> KeptRows.of(spark, it, by, rows, pass, schema, settings)));
    Dataset<Row> marked = before.map(KeptRows::rows).orElseGet(() -> pass.apply(rows));
    if (settings.duplicates() == Duplicates.BY_ID) {
      return handedOn(marked, columns.names());
    }
    DuplicateRows duplicates = new DuplicateRows(settings, before);
    kept.add(duplicates);
    return handedOn(duplicates.marked(marked), columns.names());
  }

  /** Each row by itself: filtered, mended, judged and masked. */
  private Dataset<Row> passed(
      SparkSession spark,
      Dataset<Row> raw,
      AskedColumns read,
      AskedColumns columns,
      List<String> texts,
      RowLimits limits) {
    Dataset<Row> filtered = filtered(raw, read.names());
    Broadcast<MeasuredTexts> compared =
        measured.isEmpty() ? null : measuredTexts(spark, texts, limits);
    RowCleaner cleaner = new RowCleaner(read.names(), texts, settings, limits, compared);
    CleaningPass pass =
        new CleaningPass(cleaner, read.names(), columns.names(), key, settings.duplicates());
    JavaRDD<Row> cleaned = filtered.toJavaRDD().mapPartitions(pass::over);
    return spark.createDataFrame(cleaned, CleaningPass.schema(columns.names()));
  }

  /**
   * All that a kept row follows from beside itself; empty where rows were judged by a set that may
   * have changed since, and are judged anew.
   */
  private Optional<String> keptKey(
      SparkSession spark, KeptPlace at, AskedColumns read, RowLimits limits) {
    // Described once, since a table is read at the version at which it was described last.
    SourceDescription source = described == null ? rows.describe(spark) : described;
    ContentHash hash = new ContentHash().add(RULES).add(source.kind()).add(source.location());
    hash.add(String.join("\n", read.needed())).add(String.join("\n", read.optional()));
    hash.add(read.nested().name()).add(limits.maximumCharacters());
    addCleaning(hash);
    Optional<SourceDescription> unversioned = addMeasuredSets(spark, hash);
    unversioned.ifPresent(
        set ->
            at.listener()
                .told(
                    "all rows read anew: nothing tells whether \"%s\" of data.decontaminate changed"
                        .formatted(set.location())));
    return unversioned.isPresent() ? Optional.empty() : Optional.of(hash.hex());
  }

  private boolean isAsItIs() {
    return settings.isNothing() && measured.isEmpty();
  }

  /** The rows with {@link RejectionReason#FILTERED} at those that do not meet the condition. */
  private Dataset<Row> filtered(Dataset<Row> raw, List<String> names) {
    if (settings.filter().isNothing()) {
      return raw;
    }
    String verdict = "_rankwise_met";
    List<Column> all = new ArrayList<>();
    List<Column> back = new ArrayList<>();
    for (int i = 0; i < raw.columns().length; i++) {
      Column column = raw.col("`" + raw.columns()[i].replace("`", "``") + "`");
      all.add(column.as("_rankwise_" + i));
      if (i < names.size() && settings.filter().columns().contains(names.get(i))) {
        all.add(column.cast("string").as(names.get(i)));
      }
      back.add(functions.col("_rankwise_" + i));
    }
    Dataset<Row> judged = settings.filter().judged(raw.select(all.toArray(Column[]::new)), verdict);
    Column reason = back.get(names.size());
    back.set(
        names.size(),
        functions
            .when(reason.isNotNull().or(functions.col(verdict)), reason)
            .otherwise(functions.lit(RejectionReason.FILTERED.name())));
    return judged.select(back.toArray(Column[]::new));
  }

  private Broadcast<MeasuredTexts> measuredTexts(
      SparkSession spark, List<String> texts, RowLimits limits) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    JavaRDD<String> all = context.emptyRDD();
    RowCleaner mender = new RowCleaner(texts, texts, settings.unmasked(), limits, null);
    for (RowSource source : measured) {
      AskedColumns asked = new AskedColumns(List.of(), texts, AskedColumns.Nested.AS_JSON);
      requireOne(source.columns(spark, limits), texts, source.describe(spark).location());
      CleaningPass pass = new CleaningPass(mender, texts, texts, "", Duplicates.SAME_TEXT);
      all = all.union(source.rows(spark, asked, limits).toJavaRDD().mapPartitions(pass::texts));
    }
    Broadcast<MeasuredTexts> runs = context.broadcast(MeasuredTexts.of(all));
    sent.add(runs);
    return runs;
  }

  private static void requireOne(List<String> found, List<String> texts, String location) {
    if (texts.stream().noneMatch(found::contains)) {
      throw new DataException(
          ("Cannot compare with \"%s\" of data.decontaminate: it has none of the columns %s (it has"
                  + " %s); name it by sql:SELECT ... AS %s")
              .formatted(
                  location, String.join(", ", texts), String.join(", ", found), texts.get(0)));
    }
  }

  private static Dataset<Row> handedOn(Dataset<Row> marked, List<String> names) {
    return marked.select(CleaningPass.handedOn(marked, names));
  }

  @Override
  public List<String> columns(SparkSession spark, RowLimits limits) {
    return rows.columns(spark, limits);
  }

  @Override
  public Optional<String> folder(SparkSession spark) {
    return rows.folder(spark);
  }

  @Override
  public boolean mayNameFiles() {
    return rows.mayNameFiles();
  }

  @Override
  public Map<String, String> cleaning() {
    return settings.described();
  }

  @Override
  public void release() {
    kept.forEach(DuplicateRows::release);
    kept.clear();
    sent.forEach(Broadcast::destroy);
    sent.clear();
    rows.release();
  }

  /** What the rows are without cleaning, with a version that tells of the cleaning too. */
  @Override
  public SourceDescription describe(SparkSession spark) {
    SourceDescription source = rows.describe(spark);
    described = source;
    if (isAsItIs()) {
      return source;
    }
    ContentHash hash = new ContentHash().add(source.version());
    addCleaning(hash);
    if (addMeasuredSets(spark, hash).isPresent()) {
      return withVersion(source, SourceDescription.UNKNOWN_VERSION);
    }
    return source.versioned() ? withVersion(source, hash.hex()) : source;
  }

  /** Adds the sets that rows are judged by, up to one that may change unseen, which is returned. */
  private Optional<SourceDescription> addMeasuredSets(SparkSession spark, ContentHash hash) {
    for (RowSource set : measured) {
      SourceDescription compared = set.describe(spark);
      if (!compared.versioned()) {
        return Optional.of(compared);
      }
      hash.add(compared.kind()).add(compared.location()).add(compared.version());
    }
    return Optional.empty();
  }

  private void addCleaning(ContentHash hash) {
    settings.described().forEach((name, value) -> hash.add(name).add(value));
    hash.add(String.join("\n", untouched)).add(key);
  }

  private static SourceDescription withVersion(SourceDescription source, String version) {
    return new SourceDescription(source.kind(), source.location(), version);
  }
}
