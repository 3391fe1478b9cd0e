package dev.rankwise.pipeline.executor;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * What driver and tasks hand to each other where they are one process, as in {@code local[2]}: by
 * reference. Spark would serialise it and read it back several times over, which takes longer than
 * everything else that it does for a short step.
 *
 * <p>The same objects with the same bits cross either way; they are not changed once they are kept.
 */
final class SameJvm {
  private static final AtomicLong NEXT = new AtomicLong();
  private static final Map<Long, Object> KEPT = new ConcurrentHashMap<>();

  private SameJvm() {}

  /** Whether the tasks of this context run in the driver's own process. */
  static boolean isWhereTasksRun(JavaSparkContext spark) {
    return spark.isLocal();
  }

  /** Keeps a value until it is dropped, and names it. */
  static long keep(Object value) {
    long key = NEXT.getAndIncrement();
    KEPT.put(key, value);
    return key;
  }

  /** The value of that name; null if it was dropped. */
  static Object kept(long key) {
    return KEPT.get(key);
  }

  /** Lets a value go. */
  static void drop(long key) {
    KEPT.remove(key);
  }
}
