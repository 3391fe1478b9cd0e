package dev.rankwise.pipeline.train;

import dev.rankwise.pipeline.executor.HandedParameters;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Hands each step's parameters to the executors.
 *
 * <p>Those of the step before stay until the next hand-out: a task that Spark had started twice may
 * still be reading them when the step is over.
 */
final class ParameterHandouts implements AutoCloseable {
  private final JavaSparkContext spark;
  private HandedParameters previous;
  private HandedParameters current;

  ParameterHandouts(JavaSparkContext spark) {
    this.spark = spark;
  }

  HandedParameters next(float[] theta) {
    close(previous);
    previous = current;
    current = HandedParameters.of(spark, theta);
    return current;
  }

  @Override
  public void close() {
    close(previous);
    close(current);
  }

  private static void close(HandedParameters parameters) {
    if (parameters != null) {
      parameters.close();
    }
  }
}
