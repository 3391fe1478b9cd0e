package dev.rankwise.pipeline.executor;

import java.io.Serializable;

/**
 * Work that is done once for each group, where the group's examples are.
 *
 * @param <T> what comes back to the driver
 */
@FunctionalInterface
public interface GroupTask<T> extends Serializable {

  /** Computes one group. Depends on the shard and the task alone, so Spark may do it again. */
  T compute(GroupShard shard);
}
