package dev.rankwise.pipeline.executor;

import java.util.Arrays;
import org.apache.spark.Partitioner;

/** Sends each place of a {@link ShardLayout} to the partition of its group. */
final class GroupPartitioner extends Partitioner {
  private static final long serialVersionUID = 1L;

  private final int[] groupStarts;

  GroupPartitioner(int[] groupStarts) {
    this.groupStarts = groupStarts.clone();
  }

  @Override
  public int numPartitions() {
    return groupStarts.length - 1;
  }

  @Override
  public int getPartition(Object place) {
    int wanted = (Integer) place;
    int found = Arrays.binarySearch(groupStarts, wanted);
    int group = found >= 0 ? found : -found - 2;
    // An empty group shares its start with the next one, and the search may end at either.
    while (groupStarts[group + 1] <= wanted) {
      group++;
    }
    return group;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GroupPartitioner that && Arrays.equals(groupStarts, that.groupStarts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(groupStarts);
  }
}
