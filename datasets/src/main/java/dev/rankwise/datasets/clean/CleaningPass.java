package dev.rankwise.datasets.clean;

import dev.rankwise.datasets.clean.RowCleaner.Cleaned;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RawColumns;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Takes each row of a source through a {@link RowCleaner}, and notes by what it is compared with
 * others. Travels to executors.
 */
final class CleaningPass implements Serializable {
  private static final long serialVersionUID = 1L;

  /** By what of rows with the same text one is chosen: 32 bytes of its key, 32 of its values. */
  static final String ORDER = "_rankwise_order";

  /** The hash of the row's text; null where it is compared with none. */
  static final String TEXT_HASH = "_rankwise_text_hash";

  /** The row's text, where texts are compared by what they hold; otherwise null. */
  static final String TEXT = "_rankwise_text";

  private final RowCleaner cleaner;
  private final List<String> read;
  private final int[] handedOn;
  private final int key;
  private final Duplicates duplicates;

  /**
   * A pass.
   *
   * @param read names of the values that are read
   * @param handedOn names of those that are handed on
   * @param key name of the value that is a row's key; empty for none
   */
  CleaningPass(
      RowCleaner cleaner,
      List<String> read,
      List<String> handedOn,
      String key,
      Duplicates duplicates) {
    this.cleaner = cleaner;
    this.read = List.copyOf(read);
    this.handedOn = handedOn.stream().mapToInt(read::indexOf).toArray();
    this.key = key.isEmpty() ? -1 : read.indexOf(key);
    this.duplicates = duplicates;
  }

  /** The schema of rows that were passed. */
  static StructType schema(List<String> handedOn) {
    return RawColumns.changedSchema(handedOn)
        .add(ORDER, DataTypes.BinaryType, true)
        .add(TEXT_HASH, DataTypes.BinaryType, true)
        .add(TEXT, DataTypes.StringType, true);
  }

  /** The columns of passed rows that are handed on. */
  static Column[] handedOn(Dataset<Row> passed, List<String> names) {
    String[] columns = passed.columns();
    int count = RawColumns.changedSchema(names).size();
    return IntStream.range(0, count)
        .mapToObj(i -> passed.col("`" + columns[i].replace("`", "``") + "`"))
        .toArray(Column[]::new);
  }

  /** The rows of a partition, passed. */
  Iterator<Row> over(Iterator<Row> rows) {
    return stream(rows).map(this::passed).iterator();
  }

  /** The texts of a partition's rows. */
  Iterator<String> texts(Iterator<Row> rows) {
    return stream(rows).map(row -> cleaner.clean(values(row)).text()).iterator();
  }

  private Row passed(Row row) {
    byte[][] values = values(row);
    String reason = row.getString(read.size());
    String record = row.getString(read.size() + 1);
    byte[] recordHash = RowCleaner.recordHash(values);
    List<Object> fields = new ArrayList<>();
    if (reason != null) {
      String named = record == null ? hex(recordHash) : record;
      add(fields, values);
      fields.addAll(Arrays.asList(reason, named, 0L, null, null, null));
      return RowFactory.create(fields.toArray());
    }
    Cleaned cleaned = cleaner.clean(values);
    add(fields, cleaned.values());
    if (cleaned.reason() != null) {
      fields.addAll(Arrays.asList(cleaned.reason().name(), hex(recordHash), 0L, null, null, null));
      return RowFactory.create(fields.toArray());
    }
    boolean compared = cleaned.text() != null && duplicates != Duplicates.BY_ID;
    boolean byContent = compared && duplicates == Duplicates.NEARLY_SAME_TEXT;
    fields.addAll(Arrays.asList(null, null, cleaned.changes()));
    fields.add(compared ? order(values, recordHash) : null);
    fields.add(compared ? new ContentHash().add(cleaned.text()).bytes() : null);
    fields.add(byContent ? cleaned.text() : null);
    return RowFactory.create(fields.toArray());
  }

  private byte[] order(byte[][] values, byte[] recordHash) {
    byte[] named = key < 0 || values[key] == null ? recordHash : values[key];
    return ByteBuffer.allocate(2 * recordHash.length)
        .put(ContentHash.sha256().digest(named))
        .put(recordHash)
        .array();
  }

  private byte[][] values(Row row) {
    byte[][] values = new byte[read.size()][];
    for (int i = 0; i < values.length; i++) {
      values[i] = row.getAs(i);
    }
    return values;
  }

  private void add(List<Object> fields, byte[][] values) {
    for (int place : handedOn) {
      fields.add(values[place]);
    }
  }

  private static String hex(byte[] hash) {
    return HexFormat.of().formatHex(hash);
  }

  private static <T> Stream<T> stream(Iterator<T> rows) {
    Iterable<T> iterable = () -> rows;
    return StreamSupport.stream(iterable.spliterator(), false);
  }
}
