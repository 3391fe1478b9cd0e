package dev.rankwise.models.network;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.torch.Processor;
import java.io.Serializable;

/**
 * How a replica computes.
 *
 * @param baseType element type of the frozen base and its products
 * @param adapterType element type of the adapter branch; its parameters and gradients stay float32
 * @param floatProducts library of the frozen products in float32
 * @param threads threads inside one operation, at least 1; part of the fingerprint
 */
public record ReplicaSettings(
    BaseType baseType, BaseType adapterType, FloatProducts floatProducts, int threads)
    implements Serializable {

  /** Settings for work that stays on this host. */
  public ReplicaSettings(BaseType baseType, BaseType adapterType, int threads) {
    this(baseType, adapterType, FloatProducts.fasterOn(Processor.ofThisHost()), threads);
  }

  public ReplicaSettings {
    if (threads < 1) {
      throw new UserInputException(
          "Invalid threads per task: %d (must be at least 1; set spark.task.cpus)"
              .formatted(threads));
    }
  }
}
