package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.shard.SplitManifest;
import dev.rankwise.datasets.source.Rejection;
import dev.rankwise.datasets.source.RejectionReason;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;

/** The rows of one split made examples. */
interface SplitExamples {

  Split split();

  /** Rows of the split, used or not. */
  long rows();

  /** Rows that could not be used, by reason. */
  Map<RejectionReason, Long> rejected();

  /** The rows that could not be used. */
  JavaRDD<Rejection> rejections();

  /** Rows that were used and cut to the token limit, once the examples are written. */
  long truncated(SplitManifest written);

  /** The examples as rows of Parquet, numbered from 0 without gaps. */
  JavaRDD<Row> examples();

  /** Rows that became examples. */
  default long used() {
    return rows() - rejected().values().stream().mapToLong(Long::longValue).sum();
  }
}
