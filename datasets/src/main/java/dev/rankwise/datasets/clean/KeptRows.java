package dev.rankwise.datasets.clean;

import dev.rankwise.datasets.clean.KeptListener.Moment;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.SourceGrowth;
import dev.rankwise.models.text.CountText;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * Rows that were read and cleaned before, and those that are new.
 *
 * <pre>
 * source ──growth──▶ new rows ──pass──▶ part-N/rows     as {@link CleaningPass} leaves them, without text
 *                                   ──▶ part-N/texts    {@link KeptTexts}, where near duplicates are asked for
 *                                   ──▶ part-N/alike
 *                                   ──▶ state-N.json    from here on they are kept
 * </pre>
 *
 * <p>All that is done row by row, and every comparison of two texts, is done once. What depends on
 * all rows (which of equal rows stays, order, split, labels, packing) is told anew from what is
 * kept, so that the result is that of preparing all rows at once.
 *
 * <p>A process may die anywhere: rows are kept once a state names their part, and a state that is
 * there says what of the source was read. Parts are joined so that there are never more than {@link
 * #MOST_PARTS}: one is joined with what follows it once that is a quarter of it, so a row is
 * written a number of times that grows with the logarithm of the rows.
 */
final class KeptRows {
  /** Most parts that are left side by side. */
  static final int MOST_PARTS = 8;

  private static final int GROWTH = 4;
  private static final String ROWS = "rows";
  private static final String TEXTS = "texts";
  private static final String ALIKE = "alike";
  private static final int FILES_PER_CORE = 2;

  private final SparkSession spark;
  private final KeptPlace place;
  private final StructType schema;
  private final CleaningSettings settings;
  private KeptState state;

  private KeptRows(
      SparkSession spark, KeptPlace place, StructType schema, CleaningSettings settings) {
    this.spark = spark;
    this.place = place;
    this.schema = schema;
    this.settings = settings;
  }

  /**
   * Brings what is kept up to what the source holds now.
   *
   * @param key hash of all that the kept rows follow from beside the source's rows
   * @param pass cleans rows of the source into the schema
   * @param schema of the cleaned rows
   * @return nothing where the source can only be read as a whole
   */
  static Optional<KeptRows> of(
      SparkSession spark,
      KeptPlace place,
      String key,
      RowSource source,
      Function<RowSource, Dataset<Row>> pass,
      StructType schema,
      CleaningSettings settings) {
    if (!source.canGrow(spark)) {
      place.listener().told("read as a whole: nothing tells which rows of the source are new");
      return Optional.empty();
    }
    KeptRows rows = new KeptRows(spark, place, schema, settings);
    try (KeptFolder folder =
        KeptFolder.open(place.folder(), spark.sparkContext().hadoopConfiguration())) {
      rows.update(folder, key, source, pass);
    }
    return Optional.of(rows);
  }

  private void update(
      KeptFolder folder, String key, RowSource source, Function<RowSource, Dataset<Row>> pass) {
    Optional<KeptState> found = folder.state();
    folder.removeAllBut(found);
    Optional<KeptState> before = found.filter(it -> it.key().equals(key));
    SortedMap<String, String> marks =
        before.map(KeptState::marks).orElseGet(Collections::emptySortedMap);
    SourceGrowth growth = source.growth(spark, marks).orElseThrow();
    int number = found.map(KeptState::number).orElse(0);
    List<KeptState.Part> kept =
        growth.anew().isPresent() ? List.of() : before.map(KeptState::parts).orElseGet(List::of);
    tell(growth, found, before, kept);
    state = new KeptState(number, key, marks, kept);
    if (growth.added().isPresent()) {
      Dataset<Row> added = pass.apply(growth.added().get());
      KeptState.Part part = write(folder, number + 1, added);
      List<KeptState.Part> parts = new ArrayList<>(kept);
      parts.add(part);
      commit(folder, new KeptState(number + 1, key, growth.marks(), parts));
      if (kept.isEmpty()) {
        folder.removeAllBut(Optional.of(state));
      }
    }
    join(folder);
  }

  private void tell(
      SourceGrowth growth,
      Optional<KeptState> found,
      Optional<KeptState> before,
      List<KeptState.Part> kept) {
    String read = growth.added().isPresent() ? growth.words() + " read" : growth.words();
    if (growth.anew().isPresent()) {
      place.listener().told("all rows read anew: " + growth.anew().get());
    } else if (before.isEmpty() && found.isPresent()) {
      place.listener().told("all rows read anew: they are cleaned in another way than before");
    } else if (!kept.isEmpty()) {
      long rows = kept.stream().mapToLong(KeptState.Part::rows).sum();
      place.listener().told("%s, %s kept".formatted(read, CountText.of(rows, "row")));
    }
  }

  private void commit(KeptFolder folder, KeptState next) {
    folder.commit(next);
    state = next;
    place.listener().reached(Moment.STATE_WRITTEN);
  }

  private KeptState.Part write(KeptFolder folder, int number, Dataset<Row> added) {
    String name = "part-" + KeptFolder.eightDigits(number);
    Dataset<Row> rows = added.persist(StorageLevel.MEMORY_AND_DISK());
    try {
      write(folder, name, ROWS, named(withoutTexts(rows)));
      place.listener().reached(Moment.ROWS_WRITTEN);
      if (isNear()) {
        Dataset<Row> kept = read(TEXTS, KeptTexts.TEXTS);
        write(folder, name, TEXTS, KeptTexts.added(spark, rows, kept));
        List<KeptState.Part> part = List.of(new KeptState.Part(name, 0, folder.files(name)));
        Dataset<Row> texts = read(part, TEXTS, KeptTexts.TEXTS);
        write(folder, name, ALIKE, KeptTexts.alike(texts, kept, settings.similarity()));
      }
      place.listener().reached(Moment.PART_WRITTEN);
      return new KeptState.Part(name, rows.count(), folder.files(name));
    } finally {
      rows.unpersist();
    }
  }

  private boolean isNear() {
    return settings.duplicates() == Duplicates.NEARLY_SAME_TEXT;
  }

  /** The text of a row is made of its values, and is needed for comparing alone. */
  private static Dataset<Row> withoutTexts(Dataset<Row> rows) {
    return rows.withColumn(CleaningPass.TEXT, functions.lit(null).cast("string"));
  }

  /** The same under names that any file format has a place for. */
  private static Dataset<Row> named(Dataset<Row> rows) {
    String[] names = new String[rows.columns().length];
    for (int i = 0; i < names.length; i++) {
      names[i] = "c" + i;
    }
    return rows.toDF(names);
  }

  private void write(KeptFolder folder, String part, String table, Dataset<Row> rows) {
    int files = Math.max(1, FILES_PER_CORE * spark.sparkContext().defaultParallelism());
    rows.coalesce(files).write().mode(SaveMode.Overwrite).parquet(folder.path(part + "/" + table));
  }

  private void join(KeptFolder folder) {
    int from = firstToJoin(state.parts().stream().map(KeptState.Part::rows).toList());
    if (from == state.parts().size() - 1 || state.parts().isEmpty()) {
      return;
    }
    List<KeptState.Part> joined = state.parts().subList(from, state.parts().size());
    String name = "part-%s-joined".formatted(KeptFolder.eightDigits(state.number() + 1));
    write(folder, name, ROWS, named(read(joined, ROWS, fileSchema())));
    if (isNear()) {
      write(folder, name, TEXTS, read(joined, TEXTS, KeptTexts.TEXTS));
      write(folder, name, ALIKE, read(joined, ALIKE, KeptTexts.ALIKE));
    }
    place.listener().reached(Moment.PARTS_JOINED);
    List<KeptState.Part> parts = new ArrayList<>(state.parts().subList(0, from));
    long rows = joined.stream().mapToLong(KeptState.Part::rows).sum();
    parts.add(new KeptState.Part(name, rows, folder.files(name)));
    commit(folder, new KeptState(state.number() + 1, state.key(), state.marks(), parts));
  }

  /**
   * The first part that is joined with all behind it; the last one where none is.
   *
   * @param rows of the parts
   */
  static int firstToJoin(List<Long> rows) {
    if (rows.size() <= MOST_PARTS) {
      return rows.size() - 1;
    }
    int first = rows.size() - 1;
    long behind = rows.get(first);
    while (first > 0 && (first >= MOST_PARTS || rows.get(first - 1) <= GROWTH * behind)) {
      first--;
      behind += rows.get(first);
    }
    return first;
  }

  /** All rows, of the schema; their texts are left out. */
  Dataset<Row> rows() {
    return read(ROWS, fileSchema()).toDF(schema.fieldNames());
  }

  /** The orders of rows whose texts nearly are those of others and do not stay. */
  KeptTexts.Clusters nearlyOthers(Dataset<Row> once) {
    return KeptTexts.others(once, read(ALIKE, KeptTexts.ALIKE));
  }

  private StructType fileSchema() {
    StructType numbered = new StructType();
    StructField[] fields = schema.fields();
    for (int i = 0; i < fields.length; i++) {
      numbered = numbered.add("c" + i, fields[i].dataType(), true);
    }
    return numbered;
  }

  private Dataset<Row> read(String table, StructType of) {
    return read(state.parts(), table, of);
  }

  private Dataset<Row> read(List<KeptState.Part> parts, String table, StructType of) {
    List<String> files = parts.stream().flatMap(part -> part.of(table).stream()).toList();
    return files.isEmpty()
        ? spark.createDataFrame(List.of(), of)
        : spark.read().schema(of).parquet(addresses(files));
  }

  private String[] addresses(List<String> files) {
    return files.stream().map(file -> place.folder() + "/" + file).toArray(String[]::new);
  }
}
