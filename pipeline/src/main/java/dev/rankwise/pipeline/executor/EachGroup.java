package dev.rankwise.pipeline.executor;

import java.io.Serializable;
import java.util.List;
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

  private final GroupTask<T> task;

  private EachGroup(GroupTask<T> task) {
    this.task = task;
  }

  /** The results, in the order of the partitions. */
  static <T> List<T> run(JavaRDD<GroupShard> shards, GroupTask<T> task, Class<T> type) {
    ClassTag<T> tag = ClassTag$.MODULE$.apply(type);
    // Never reduce or treeReduce: they merge results in the order in which tasks happen to end.
    Object results = shards.context().runJob(shards.rdd(), new EachGroup<>(task), tag);
    return List.of(array(results));
  }

  @SuppressWarnings("unchecked") // Spark makes an array of the tag's class.
  private static <T> T[] array(Object results) {
    return (T[]) results;
  }

  @Override
  public T apply(TaskContext context, Iterator<GroupShard> shard) {
    return task.compute(shard.next());
  }
}
