package dev.rankwise.datasets.source.table;

import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.datasets.source.SourceGrowth;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * What was appended to a table of Iceberg since one of its snapshots.
 *
 * <p>The present snapshot is followed back by its parents. If that leads to the one that was read,
 * by snapshots that appended rows or only laid the same rows out anew, the rows of the former are
 * what is new. Otherwise rows were deleted or replaced, or the snapshot has expired, and all count
 * as new.
 *
 * @param table the table
 * @param now the snapshot up to which it is read; empty where nothing was ever written
 */
record LakeGrowth(LakeTable table, Optional<String> now) {
  private static final String SNAPSHOT = "snapshot";
  private static final String TYPES = "types of columns";
  private static final String APPEND = "append";

  /** The snapshot only lays rows out anew: files are joined, or their list is written again. */
  private static final String REPLACE = "replace";

  /**
   * What is new.
   *
   * @param before marks of what was read; empty if nothing was
   */
  SourceGrowth since(SparkSession spark, SortedMap<String, String> before) {
    Dataset<Row> whole = now.map(it -> table.at(spark, it)).orElseGet(() -> table.table(spark));
    SortedMap<String, String> marks = new TreeMap<>();
    marks.put(SNAPSHOT, now.orElse(""));
    marks.put(TYPES, whole.schema().toDDL());
    String read = before.getOrDefault(SNAPSHOT, "");
    if (read.equals(now.orElse("")) && before.equals(marks)) {
      return new SourceGrowth(marks, Optional.empty(), Optional.empty(), "no new snapshot");
    }
    Optional<String> anew = before.isEmpty() ? Optional.empty() : whyAnew(spark, before, marks);
    if (before.isEmpty() || anew.isPresent() || read.isEmpty()) {
      return new SourceGrowth(
          marks, Optional.of(RowSources.of(whole, table.place())), anew, "the table");
    }
    Dataset<Row> appended = table.between(spark, read, now.orElseThrow());
    return new SourceGrowth(
        marks,
        Optional.of(RowSources.of(appended, table.place())),
        Optional.empty(),
        "rows appended up to snapshot " + now.orElseThrow());
  }

  private Optional<String> whyAnew(
      SparkSession spark, SortedMap<String, String> before, SortedMap<String, String> marks) {
    if (!marks.get(TYPES).equals(before.get(TYPES))) {
      return Optional.of("the table has other columns, or columns of other types");
    }
    String read = before.getOrDefault(SNAPSHOT, "");
    Map<String, Row> snapshots = new LinkedHashMap<>();
    for (Row row : table.snapshots(spark)) {
      snapshots.put(Long.toString(row.getLong(0)), row);
    }
    String at = now.orElse("");
    while (!at.equals(read)) {
      Row snapshot = snapshots.get(at);
      if (snapshot == null) {
        return Optional.of("snapshot %s has expired, or was rolled back".formatted(read));
      }
      String operation = snapshot.getString(2);
      if (!operation.equals(APPEND) && !operation.equals(REPLACE)) {
        return Optional.of("rows of the table were deleted or replaced");
      }
      at = snapshot.isNullAt(1) ? "" : Long.toString(snapshot.getLong(1));
    }
    return Optional.empty();
  }
}
