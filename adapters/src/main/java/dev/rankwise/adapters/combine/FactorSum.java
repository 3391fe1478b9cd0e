package dev.rankwise.adapters.combine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The sum of like factors of several adapters, thinned and voted on as asked. */
final class FactorSum {
  private final CombinationSettings settings;
  private final DropMasks masks;

  FactorSum(CombinationSettings settings, DropMasks masks) {
    this.settings = settings;
    this.masks = masks;
  }

  /**
   * One factor of one module.
   *
   * @param tensor its full name
   * @param factors that of each adapter, all of one size
   * @param adapters which adapters these are
   * @param weights what each is multiplied by
   */
  float[] of(String tensor, List<float[]> factors, List<Integer> adapters, List<Double> weights) {
    List<float[]> thinned = new ArrayList<>();
    for (int i = 0; i < factors.size(); i++) {
      thinned.add(thinned(tensor, factors.get(i), adapters.get(i)));
    }
    float[] sum = new float[factors.get(0).length];
    for (int place = 0; place < sum.length; place++) {
      sum[place] = (float) sum(thinned, weights, place);
    }
    return sum;
  }

  private double sum(List<float[]> factors, List<Double> weights, int place) {
    boolean votes = settings.combination().votes();
    double majority = votes ? majority(factors, place) : 0;
    double sum = 0;
    int agreeing = 0;
    for (int i = 0; i < factors.size(); i++) {
      double value = factors.get(i)[place];
      if (!votes || Math.signum(value) == majority) {
        sum += weights.get(i) * value;
        agreeing++;
      }
    }
    return votes ? sum / Math.max(1, agreeing) : sum;
  }

  /** 1 or −1; a draw counts as 1, as in PEFT. */
  private double majority(List<float[]> factors, int place) {
    double sum = 0;
    for (float[] factor : factors) {
      sum +=
          switch (settings.majority()) {
            case TOTAL -> factor[place];
            case FREQUENCY -> Math.signum(factor[place]);
          };
    }
    return sum >= 0 ? 1 : -1;
  }

  private float[] thinned(String tensor, float[] factor, int adapter) {
    double density = settings.density();
    if (!settings.combination().thins() || density >= 1) {
      return factor;
    }
    return settings.combination().drops()
        ? dropped(factor, masks.kept(adapter, tensor, factor.length), density)
        : pruned(factor, (int) (density * factor.length));
  }

  private static float[] dropped(float[] factor, boolean[] kept, double density) {
    float[] left = new float[factor.length];
    for (int i = 0; i < left.length; i++) {
      left[i] = kept[i] ? (float) (factor[i] / density) : 0;
    }
    return left;
  }

  /** The largest by magnitude; of those alike the first. */
  private static float[] pruned(float[] factor, int count) {
    float[] left = new float[factor.length];
    IntStream.range(0, factor.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -Math.abs(factor[i])))
        .limit(count)
        .forEach(i -> left[i] = factor[i]);
    return left;
  }
}
