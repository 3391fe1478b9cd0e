package dev.rankwise.datasets.clean;

import dev.rankwise.datasets.source.RejectionReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * Marks rows whose text another row has, or nearly has, and keeps what it needs for that until it
 * is let go.
 *
 * <p>Of rows with one text the least by {@link CleaningPass#ORDER} stays; of nearly the same texts,
 * which then are each there once, the least of the cluster. Rows of one order are equal in all:
 * they all stay, and the duplicates by id are told afterwards.
 */
final class DuplicateRows {
  private static final String AGAIN = "_rankwise_again";
  private static final String FIRST = "_rankwise_first";
  private static final String LIKE_ANOTHER = "_rankwise_like_another";

  /** Columns of {@link CleaningPass#schema} from the reason on. */
  private static final int FROM_REASON = 6;

  /** Where the hash of a row's values begins in its order, counted from 1: behind its key's. */
  private static final int VALUES_BEGIN = 33;

  private static final int HASH_BYTES = 32;

  private final CleaningSettings settings;
  private final Optional<KeptRows> before;
  private final List<Dataset<Row>> kept = new ArrayList<>();
  private NearDuplicates near;
  private KeptTexts.Clusters clusters;

  /**
   * A comparison of rows.
   *
   * @param before where their texts were compared, one part after another; empty if they were not
   */
  DuplicateRows(CleaningSettings settings, Optional<KeptRows> before) {
    this.settings = settings;
    this.before = before;
  }

  /**
   * The rows, those left out with their reason.
   *
   * @param passed rows of {@link CleaningPass#schema}
   */
  Dataset<Row> marked(Dataset<Row> passed) {
    // What lies in files is read again as it was; what is computed might be at another moment.
    Dataset<Row> rows = before.isPresent() ? passed : keep(passed);
    Column hash = rows.col(CleaningPass.TEXT_HASH);
    // Counted before they are joined: a text that a million rows have is one row here.
    Dataset<Row> again =
        rows.where(hash.isNotNull())
            .groupBy(hash.as(AGAIN))
            .agg(
                functions.min(CleaningPass.ORDER).as(FIRST),
                functions.count(functions.lit(1)).as("times"))
            .where(functions.col("times").gt(1))
            .drop("times");
    Dataset<Row> told = rows.join(again, hash.equalTo(again.col(AGAIN)), "left");
    Column order = functions.col(CleaningPass.ORDER);
    Column same = functions.coalesce(order.gt(functions.col(FIRST)), functions.lit(false));
    if (settings.duplicates() == Duplicates.SAME_TEXT) {
      return withReasons(passed, told, same, functions.lit(false));
    }
    Dataset<Row> once =
        told.where(functions.col(CleaningPass.TEXT_HASH).isNotNull().and(functions.not(same)))
            .select(CleaningPass.ORDER, CleaningPass.TEXT_HASH, CleaningPass.TEXT)
            .dropDuplicates(CleaningPass.ORDER);
    Dataset<Row> others = nearlyOthers(once).toDF(LIKE_ANOTHER);
    Dataset<Row> compared = told.join(others, order.equalTo(others.col(LIKE_ANOTHER)), "left");
    return withReasons(passed, compared, same, functions.col(LIKE_ANOTHER).isNotNull());
  }

  private Dataset<Row> nearlyOthers(Dataset<Row> once) {
    if (before.isPresent()) {
      clusters = before.get().nearlyOthers(once.select(CleaningPass.ORDER, CleaningPass.TEXT_HASH));
      return clusters.orders();
    }
    near = new NearDuplicates(once.sparkSession(), settings.similarity());
    return near.of(once.select(CleaningPass.ORDER, CleaningPass.TEXT));
  }

  private static Dataset<Row> withReasons(
      Dataset<Row> passed, Dataset<Row> told, Column same, Column nearlySame) {
    String[] names = passed.columns();
    int place = names.length - FROM_REASON;
    List<Column> columns = new ArrayList<>();
    for (String name : names) {
      columns.add(told.col("`" + name.replace("`", "``") + "`"));
    }
    Column reason = columns.get(place);
    Column values =
        functions.substring(functions.col(CleaningPass.ORDER), VALUES_BEGIN, HASH_BYTES);
    columns.set(
        place,
        functions
            .when(reason.isNotNull(), reason)
            .when(same, RejectionReason.SAME_TEXT.name())
            .when(nearlySame, RejectionReason.NEARLY_SAME_TEXT.name())
            .as(names[place]));
    columns.set(
        place + 1,
        functions
            .when(same.or(nearlySame), functions.lower(functions.hex(values)))
            .otherwise(columns.get(place + 1))
            .as(names[place + 1]));
    return told.select(columns.toArray(Column[]::new));
  }

  /** Lets go of what was kept. */
  void release() {
    kept.forEach(Dataset::unpersist);
    kept.clear();
    if (near != null) {
      near.release();
    }
    if (clusters != null) {
      clusters.release();
    }
  }

  private Dataset<Row> keep(Dataset<Row> rows) {
    Dataset<Row> held = rows.persist(StorageLevel.MEMORY_AND_DISK());
    kept.add(held);
    return held;
  }
}
