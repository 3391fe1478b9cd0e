package dev.rankwise.pipeline.executor;

import dev.rankwise.pipeline.plan.PlanSettings;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import scala.collection.Iterator;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction2;

/**
 * Runs a {@link GroupTask} as a Spark job.
 *
 * <p>A class with a name, handed to {@code runJob}, where {@code mapPartitions(lambda).collect()}
 * would do the same: Spark reads the bytecode of a lambda and of its surroundings anew for each
 * job, which takes longer than everything else that it does for a short one (7 of 15 ms were
 * measured).
 */
final class EachGroup<T> extends AbstractFunction2<TaskContext, Iterator<GroupShard>, T>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final long SERIALISED = -1;

  private final GroupTask<T> task;
  private final long kept;

  private EachGroup(GroupTask<T> task, long kept) {
    this.task = task;
    this.kept = kept;
  }

  /** The results, in the order of the partitions. */
  static <T> List<T> run(JavaRDD<GroupShard> shards, GroupTask<T> task, Class<T> type) {
    ClassTag<T> tag = ClassTag$.MODULE$.apply(type);
    SparkContext spark = shards.context();
    if (!spark.isLocal()) {
      // Never reduce or treeReduce: they merge results in the order in which tasks happen to end.
      return List.of(array(spark.runJob(shards.rdd(), new EachGroup<>(task, SERIALISED), tag)));
    }
    AtomicReferenceArray<T> results = new AtomicReferenceArray<>(shards.getNumPartitions());
    long kept = SameJvm.keep(results);
    try {
      spark.runJob(shards.rdd(), new EachGroup<>(task, kept), tag);
    } finally {
      SameJvm.drop(kept);
    }
    List<T> all = new ArrayList<>();
    for (int group = 0; group < results.length(); group++) {
      all.add(results.get(group));
    }
    return all;
  }

  @SuppressWarnings("unchecked") // Spark makes an array of the tag's class.
  private static <T> T[] array(Object results) {
    return (T[]) results;
  }

  @Override
  public T apply(TaskContext context, Iterator<GroupShard> shard) {
    T result = task.compute(shard.next());
    if (kept == SERIALISED) {
      return result;
    }
    results().set(context.partitionId(), result);
    return null;
  }

  @SuppressWarnings("unchecked") // What run() has kept.
  private AtomicReferenceArray<T> results() {
    Object results = SameJvm.kept(kept);
    // A task that was started twice may outlive its job; nobody asks for its result.
    return results == null
        ? new AtomicReferenceArray<>(PlanSettings.MAXIMUM_GROUPS)
        : (AtomicReferenceArray<T>) results;
  }
}
