package dev.rankwise.pipeline.optimizer;

import dev.rankwise.pipeline.reduce.VectorSlices;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * AdamW in PyTorch's form over one flat vector; the formula stands at {@link AdamWArithmetic}.
 *
 * <p>Parameters and moments are kept as floats and updated in double, block by block, each rounded
 * once: closer to exact arithmetic than PyTorch's own float updates, at the same speed, since most
 * of the time goes into roots and divisions.
 */
public final class AdamW {
  /** Parameters updated at a time: four blocks of doubles fit into the first cache. */
  private static final int BLOCK = 512;

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
            "Invalid parameter groups: one begins at %d where %d is next"
                .formatted(group.offset(), next));
      }
      next += group.length();
    }
    if (next != parameters) {
      throw new IllegalArgumentException(
          "Invalid parameter groups: they cover %d of %d parameters".formatted(next, parameters));
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
          "Invalid sizes: %d parameters, %d gradients, %d moments where %d belong together"
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
          (from, to) -> {
            Blocks blocks = new Blocks();
            for (int begin = from; begin < to; begin += BLOCK) {
              blocks.load(theta, gradient, first, second, begin, Math.min(BLOCK, to - begin));
              blocks.apply(arithmetic);
              blocks.store(theta, first, second);
            }
          });
    }
  }

  /** One block of the vectors, widened to double. */
  private static final class Blocks {
    private final double[] theta = new double[BLOCK];
    private final double[] gradient = new double[BLOCK];
    private final double[] first = new double[BLOCK];
    private final double[] second = new double[BLOCK];
    private int begin;
    private int length;

    void load(
        float[] from, float[] gradients, float[] firsts, float[] seconds, int begin, int length) {
      this.begin = begin;
      this.length = length;
      widen(from, begin, theta, length);
      widen(gradients, begin, gradient, length);
      widen(firsts, begin, first, length);
      widen(seconds, begin, second, length);
    }

    void apply(AdamWArithmetic arithmetic) {
      arithmetic.apply(theta, gradient, first, second, length);
    }

    void store(float[] to, float[] firsts, float[] seconds) {
      round(theta, to, begin, length);
      round(first, firsts, begin, length);
      round(second, seconds, begin, length);
    }

    private static void widen(float[] from, int begin, double[] to, int length) {
      for (int i = 0; i < length; i++) {
        to[i] = from[begin + i];
      }
    }

    private static void round(double[] from, float[] to, int begin, int length) {
      for (int i = 0; i < length; i++) {
        to[begin + i] = (float) from[i];
      }
    }
  }
}
