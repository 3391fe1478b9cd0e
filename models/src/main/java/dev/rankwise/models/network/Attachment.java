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

  /** How far from 1 the factors may lie that training multiplies a router's input by, [0, 1). */
  default double jitter() {
    return 0;
  }

  /** Whether training computes other products: with dropout or with jitter. */
  default boolean drawsInTraining() {
    return dropout() > 0 || jitter() > 0;
  }

  /** What the products say beside their results; empty if they say nothing. */
  default Optional<Asides> asides() {
    return Optional.empty();
  }

  /** The same product as training computes it, where {@link #drawsInTraining}. */
  default Optional<AdaptedProduct> droppedProduct(List<ModuleShape> group) {
    return product(group);
  }

  /**
   * What products say beside their results, and what they hear of a micro-batch beside its rows.
   * Their texts may read and replace these elements of the list {@code w}, by placeholders that
   * hold an index:
   *
   * <table>
   * <caption>N rows of a micro-batch</caption>
   * <tr><th>placeholder</th><th>shape</th><th>holds</th></tr>
   * <tr><td>tokens</td><td>(1)</td><td>how many of the rows are tokens: the first ones</td></tr>
   * <tr><td>sequences</td><td>(N)</td><td>number of the sequence of each row within the
   * micro-batch</td></tr>
   * <tr><td>tasks</td><td>(N)</td><td>task of each row; -1 where none is said</td></tr>
   * <tr><td>carried_0, carried_1</td><td>any</td><td>what one product leaves for a later one of
   * the same segment</td></tr>
   * <tr><td>shares</td><td>(any)</td><td>what is reported of the micro-batch, without gradient; a
   * product adds to its end</td></tr>
   * <tr><td>terms</td><td>(terms)</td><td>further terms of the loss; a product adds to
   * them</td></tr>
   * </table>
   *
   * @param weights by what each further term is multiplied in the loss
   * @param tasks how many tasks products tell apart, so that each row must say one of them; 0 where
   *     a row need not
   */
  record Asides(List<Double> weights, int tasks) {
    /** Placeholders from the end of {@code w} backwards. */
    static final List<String> PLACEHOLDERS =
        List.of("terms", "shares", "carried_1", "carried_0", "tasks", "tokens", "sequences");

    public Asides {
      weights = List.copyOf(weights);
    }
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
