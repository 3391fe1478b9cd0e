package dev.rankwise.pipeline.optimizer;

import dev.rankwise.pipeline.reduce.VectorSlices;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * AdamW in PyTorch's form over one flat vector; the formula stands at {@link AdamWArithmetic}.
 *
 * <p>Parameters and moments are kept as floats and updated in double, each rounded once: closer to
 * exact arithmetic than PyTorch's own float updates, at the same speed, since most of the time goes
 * into roots and divisions.
 */
public final class AdamW {
  private final AdamWSettings settings;
  private final List<ParameterGroup> groups;
  private final int parameters;

  /**
   * An optimizer.
   *
   * @param groups runs of the vector; together they cover each parameter exactly once
   * @param parameters length of the vector
   */
  public AdamW(AdamWSettings settings, List<ParameterGroup> groups, int parameters) {
    this.settings = Objects.requireNonNull(settings, "settings");
    List<ParameterGroup> sorted = new ArrayList<>(groups);
    sorted.sort(Comparator.comparingInt(ParameterGroup::offset));
    long next = 0;
    for (ParameterGroup group : sorted) {
      if (group.offset() != next) {
        throw new IllegalArgumentException(
            "Invalid parameter groups: one begins at %s where %s is next"
                .formatted(group.offset(), next));
      }
      next += group.length();
    }
    if (next != parameters) {
      throw new IllegalArgumentException(
          "Invalid parameter groups: they cover %s of %s parameters".formatted(next, parameters));
    }
    this.groups = List.copyOf(sorted);
    this.parameters = parameters;
  }

  /**
   * Makes one update in place.
   *
   * @param theta parameters, (parameters)
   * @param gradient their gradient, (parameters); finite
   * @param state moments, changed with the parameters
   * @param rate learning rate of this step
   */
  public void update(float[] theta, float[] gradient, OptimizerState state, double rate) {
    float[] first = state.firstInPlace();
    float[] second = state.secondInPlace();
    if (theta.length != parameters || gradient.length != parameters || first.length != parameters) {
      throw new IllegalArgumentException(
          "Invalid sizes: %s parameters, %s gradients, %s moments where %s belong together"
              .formatted(theta.length, gradient.length, first.length, parameters));
    }
    state.countUpdate();
    for (ParameterGroup group : groups) {
      AdamWArithmetic arithmetic =
          AdamWArithmetic.of(
              settings, state.updates(), rate * group.rateFactor(), group.weightDecay());
      VectorSlices.each(
          group.offset(),
          group.offset() + group.length(),
          (from, to) -> update(arithmetic, theta, gradient, first, second, from, to));
    }
  }

  /** One loop over all four vectors: each element is loaded, widened, rounded and stored once. */
  private static void update(
      AdamWArithmetic arithmetic,
      float[] theta,
      float[] gradient,
      float[] first,
      float[] second,
      int from,
      int to) {
    for (int i = from; i < to; i++) {
      double m = arithmetic.first(first[i], gradient[i]);
      double v = arithmetic.second(second[i], gradient[i]);
      first[i] = (float) m;
      second[i] = (float) v;
      theta[i] = (float) arithmetic.moved(theta[i], m, v);
    }
  }
}
