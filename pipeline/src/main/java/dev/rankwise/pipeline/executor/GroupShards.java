package dev.rankwise.pipeline.executor;

import dev.rankwise.pipeline.plan.PlannedStep;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * The examples of some consecutive steps, spread over the cluster: partition {@code g} holds group
 * {@code g}, on whichever executor computed it first.
 *
 * <p>The examples are partitioned and sorted by one total key, so a partition that is computed
 * again, after its executor was lost, has the same bytes.
 */
public final class GroupShards implements AutoCloseable {
  private final Broadcast<ShardLayout> layout;
  private final JavaRDD<GroupShard> shards;

  private GroupShards(Broadcast<ShardLayout> layout, JavaRDD<GroupShard> shards) {
    this.layout = layout;
    this.shards = shards;
  }

  /**
   * Plans the shards; they are computed by the first step that needs them.
   *
   * @param data all examples
   * @param steps consecutive steps
   * @param groups groups of each step
   */
  public static GroupShards of(
      JavaSparkContext spark, ExampleSet data, List<PlannedStep> steps, int groups) {
    ShardLayout planned = ShardLayout.of(steps, groups, data.size());
    Broadcast<ShardLayout> layout = spark.broadcast(planned);
    JavaPairRDD<Integer, TokenExample> placed =
        data.examples().flatMapToPair(example -> places(layout.value(), example));
    JavaRDD<GroupShard> shards =
        placed
            .repartitionAndSortWithinPartitions(new GroupPartitioner(planned.groupStarts()))
            .mapPartitionsWithIndex(
                (group, sorted) -> assemble(layout.value(), group, sorted), false);
    shards.persist(StorageLevel.MEMORY_AND_DISK());
    return new GroupShards(layout, shards);
  }

  private static Iterator<Tuple2<Integer, TokenExample>> places(
      ShardLayout layout, TokenExample example) {
    List<Tuple2<Integer, TokenExample>> placed = new ArrayList<>(1);
    for (int place : layout.placesOf(example.position())) {
      placed.add(new Tuple2<>(place, example));
    }
    return placed.iterator();
  }

  private static Iterator<GroupShard> assemble(
      ShardLayout layout, int group, Iterator<Tuple2<Integer, TokenExample>> sorted) {
    List<TokenExample> examples = new ArrayList<>();
    sorted.forEachRemaining(placed -> examples.add(placed._2()));
    return List.of(layout.assemble(group, examples)).iterator();
  }

  /** Runs {@code task} once for each group; the results come in the order of the groups. */
  public <T> List<T> collect(GroupTask<T> task, Class<T> type) {
    return EachGroup.run(shards, task, type);
  }

  /** Frees the shards on all executors. */
  @Override
  public void close() {
    shards.unpersist(false);
    layout.destroy();
  }
}
