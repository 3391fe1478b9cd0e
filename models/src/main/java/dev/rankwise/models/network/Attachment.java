package dev.rankwise.models.network;

import dev.rankwise.models.config.ModuleShape;
import java.util.List;
import java.util.Optional;

/**
 * What an adapter adds to a frozen base: its trainable tensors, and the product that replaces a
 * projection group's.
 */
public interface Attachment {

  /**
   * All trainable tensors in canonical order: modules in the order of the model's module tree,
   * within a module by tensor name. The flat parameter vector is their concatenation.
   */
  List<TrainableTensor> tensors();

  /**
   * The adapted product of one projection group, or empty if none of its projections is adapted.
   *
   * @param group the linear modules that read one input, in the order in which their outputs lie
   *     side by side
   */
  Optional<AdaptedProduct> product(List<ModuleShape> group);

  /** Share of an adapted module's input that is dropped in training, [0, 1). */
  default double dropout() {
    return 0;
  }

  /** The same product as training computes it, where {@link #dropout} is above 0. */
  default Optional<AdaptedProduct> droppedProduct(List<ModuleShape> group) {
    return product(group);
  }

  /** The base alone: nothing trainable, no product replaced. */
  static Attachment none() {
    return new Attachment() {
      @Override
      public List<TrainableTensor> tensors() {
        return List.of();
      }

      @Override
      public Optional<AdaptedProduct> product(List<ModuleShape> group) {
        return Optional.empty();
      }
    };
  }
}
