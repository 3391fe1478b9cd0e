package dev.rankwise.pipeline.train;

import dev.rankwise.pipeline.reduce.FloatBytes;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * Hands each step's parameters to the executors.
 *
 * <p>Those of the step before stay until the next hand-out: a task that Spark had started twice may
 * still be reading them when the step is over.
 */
final class ParameterBroadcasts implements AutoCloseable {
  private final JavaSparkContext spark;
  private Broadcast<byte[]> previous;
  private Broadcast<byte[]> current;

  ParameterBroadcasts(JavaSparkContext spark) {
    this.spark = spark;
  }

  Broadcast<byte[]> next(float[] theta) {
    destroy(previous);
    previous = current;
    current = spark.broadcast(FloatBytes.of(theta));
    return current;
  }

  @Override
  public void close() {
    destroy(previous);
    destroy(current);
  }

  private static void destroy(Broadcast<byte[]> broadcast) {
    if (broadcast != null) {
      broadcast.destroy();
    }
  }
}
