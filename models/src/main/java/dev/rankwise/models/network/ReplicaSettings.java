package dev.rankwise.models.network;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.torch.FloatProducts;
import dev.rankwise.models.torch.Processor;
import java.io.Serializable;

/**
 * How a replica computes.
 *
 * @param baseType element type of the frozen base and its products
 * @param adapterType element type of the adapter branch; its parameters and gradients stay float32
 * @param floatProducts library of the frozen products in float32
 * @param threads threads inside one operation, at least 1; part of the fingerprint
 * @param activations whether the backward pass finds the blocks' intermediate results or computes
 *     them again
 * @param form how the weights of linear modules are held
 */
public record ReplicaSettings(
    BaseType baseType,
    BaseType adapterType,
    FloatProducts floatProducts,
    int threads,
    BlockActivations activations,
    BaseForm form)
    implements Serializable {

  /** What becomes of a block's intermediate results between the forward and the backward pass. */
  public enum BlockActivations {
    /** They are kept: fast, and memory grows with the blocks. */
    KEPT,
    /** They are computed again: a third more work, and memory for one block. The same bits. */
    RECOMPUTED
  }

  /** Settings that hold all weights in the base's type. */
  public ReplicaSettings(
      BaseType baseType,
      BaseType adapterType,
      FloatProducts floatProducts,
      int threads,
      BlockActivations activations) {
    this(baseType, adapterType, floatProducts, threads, activations, BaseForm.DENSE);
  }

  /** Settings that keep the blocks' intermediate results. */
  public ReplicaSettings(
      BaseType baseType, BaseType adapterType, FloatProducts floatProducts, int threads) {
    this(baseType, adapterType, floatProducts, threads, BlockActivations.KEPT);
  }

  /** Settings for work that stays on this host. */
  public ReplicaSettings(BaseType baseType, BaseType adapterType, int threads) {
    this(baseType, adapterType, FloatProducts.fasterOn(Processor.ofThisHost()), threads);
  }

  /** The same, with the blocks' intermediate results kept or computed again. */
  public ReplicaSettings with(BlockActivations newActivations) {
    return new ReplicaSettings(baseType, adapterType, floatProducts, threads, newActivations, form);
  }

  /** The same, with the weights of linear modules held in a form. */
  public ReplicaSettings with(BaseForm newForm) {
    return new ReplicaSettings(baseType, adapterType, floatProducts, threads, activations, newForm);
  }

  public ReplicaSettings {
    if (threads < 1) {
      throw new UserInputException(
          "Invalid threads per task: %s (must be at least 1; set spark.task.cpus)"
              .formatted(threads));
    }
  }
}
