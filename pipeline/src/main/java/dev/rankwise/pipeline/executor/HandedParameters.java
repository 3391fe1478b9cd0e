package dev.rankwise.pipeline.executor;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.pipeline.reduce.FloatBytes;
import java.io.Serializable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * One vector of trainable parameters on its way from the driver to the executors: a broadcast, or a
 * reference where they are one process.
 */
public final class HandedParameters implements Serializable, AutoCloseable {
  private static final long serialVersionUID = 1L;
  private static final long BROADCAST = -1;

  private final Broadcast<byte[]> broadcast;
  private final long kept;

  private HandedParameters(Broadcast<byte[]> broadcast, long kept) {
    this.broadcast = broadcast;
    this.kept = kept;
  }

  /** Hands out a copy of {@code theta}, (parameters), until it is closed. */
  public static HandedParameters of(JavaSparkContext spark, float[] theta) {
    return SameJvm.isWhereTasksRun(spark)
        ? new HandedParameters(null, SameJvm.keep(theta.clone()))
        : new HandedParameters(spark.broadcast(FloatBytes.of(theta)), BROADCAST);
  }

  /**
   * The parameters, where a task runs; not to be changed.
   *
   * @throws ClusterException if they were closed, as for a task that was started twice and outlives
   *     its step
   */
  public float[] floats() {
    if (kept == BROADCAST) {
      return FloatBytes.toFloats(broadcast.value());
    }
    Object theta = SameJvm.kept(kept);
    if (theta == null) {
      throw new ClusterException(
          "Parameters of a step that is over were asked for; the task that asks was started twice");
    }
    return (float[]) theta;
  }

  /** Frees the parameters on all executors. */
  @Override
  public void close() {
    if (kept == BROADCAST) {
      broadcast.destroy();
    } else {
      SameJvm.drop(kept);
    }
  }
}
