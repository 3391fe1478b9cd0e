package dev.rankwise.datasets.clean;

import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Goes through pairs of numbers, first by first in ascending order, the seconds of each ascending
 * too, and yields other pairs. However many pairs have one first, they are read one after the other
 * and never held together, so one that is very frequent costs time in proportion and no memory.
 */
final class SortedRuns {
  static final String FIRST = "first";
  static final String SECOND = "second";
  static final StructType PAIRS =
      new StructType().add(FIRST, DataTypes.LongType, false).add(SECOND, DataTypes.LongType, false);

  private SortedRuns() {}

  /** What becomes of the pairs of one partition; a fresh one is made for each. */
  interface Reading {
    /**
     * Reads the next pair.
     *
     * @param out where pairs go that it yields
     */
    void read(long first, long second, Deque<Row> out);
  }

  /** Makes readings. Travels to executors. */
  interface Readings extends Serializable {
    Reading start();
  }

  static Dataset<Row> over(Dataset<Row> pairs, Readings readings) {
    Dataset<Row> sorted = pairs.repartition(pairs.col(FIRST)).sortWithinPartitions(FIRST, SECOND);
    return pairs
        .sparkSession()
        .createDataFrame(
            sorted.toJavaRDD().mapPartitions(rows -> new Yielded(rows, readings.start())), PAIRS);
  }

  static Row pair(long first, long second) {
    return RowFactory.create(first, second);
  }

  /** Reads pairs one by one, as what they yield is asked for. */
  private static final class Yielded implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final Reading reading;
    private final Deque<Row> out = new ArrayDeque<>();

    Yielded(Iterator<Row> rows, Reading reading) {
      this.rows = rows;
      this.reading = reading;
    }

    @Override
    public boolean hasNext() {
      while (out.isEmpty() && rows.hasNext()) {
        Row row = rows.next();
        reading.read(row.getLong(0), row.getLong(1), out);
      }
      return !out.isEmpty();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        return Collections.<Row>emptyIterator().next();
      }
      return out.remove();
    }
  }
}
