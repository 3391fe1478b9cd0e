package dev.rankwise.adapters.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class TestTensorStream {
  private static final int SIZE = 100_000;
  private static final float[] UNIFORM = {0.45103315f, -0.14029281f, -0.16703565f};
  private static final float[] NORMAL = {-1.4543496f, -0.65346414f, -0.06513393f};

  @Test
  void uniformNumbersFillTheirInterval() {
    float[] values = new TensorStream(5, "a").uniform(SIZE, 0.25);
    assertThat(largest(values)).isBetween(0.2499, 0.25);
    assertThat(-largest(negated(values))).isBetween(-0.25, -0.2499);
    double deviation = 0.25 / Math.sqrt(3);
    assertMoments(values, deviation, 9.0 / 5);
  }

  @Test
  void normalNumbersHaveTheirMomentsAndTails() {
    float[] values = new TensorStream(5, "a").normal(SIZE, 0.02);
    assertMoments(values, 0.02, 3);
    long beyondTwo = count(values, 0.04);
    // 4.55 % lie beyond two deviations; five standard deviations of that count.
    assertThat(beyondTwo).isBetween(4550L - 330, 4550L + 330);
    assertThat(values).doesNotContain(Float.NaN, Float.POSITIVE_INFINITY);
  }

  @Property(tries = 100)
  void numbersStayWithinAnyBound(
      @ForAll long seed, @ForAll @IntRange(min = -20, max = 20) int exponent) {
    double bound = Math.scalb(1.3, exponent);
    for (float value : new TensorStream(seed, "w").uniform(50, bound)) {
      assertThat(Math.abs(value)).isLessThanOrEqualTo((float) bound);
    }
  }

  @Test
  void numbersDependOnSeedAndNameAlone() {
    float[] first = new TensorStream(7, "bert.pooler.dense.weight").normal(8, 1);
    assertThat(new TensorStream(7, "bert.pooler.dense.weight").normal(8, 1)).isEqualTo(first);
    assertThat(new TensorStream(8, "bert.pooler.dense.weight").normal(8, 1)).isNotEqualTo(first);
    assertThat(new TensorStream(7, "bert.pooler.dense.bias").normal(8, 1)).isNotEqualTo(first);
  }

  /** Other numbers would change the bytes of every adapter, so they may not come by accident. */
  @Test
  void numbersOfASeedAreFixedForever() {
    assertThat(new TensorStream(42, "classifier.weight").uniform(3, 1)).containsExactly(UNIFORM);
    assertThat(new TensorStream(42, "classifier.weight").normal(3, 1)).containsExactly(NORMAL);
  }

  /** Mean and variance within five of their standard errors. */
  private static void assertMoments(float[] values, double deviation, double kurtosis) {
    double mean = 0;
    double square = 0;
    for (float value : values) {
      mean += value / SIZE;
      square += (double) value * value / SIZE;
    }
    double variance = deviation * deviation;
    double errorOfVariance = variance * Math.sqrt((kurtosis - 1) / SIZE);
    assertThat(Math.abs(mean)).isLessThan(5 * deviation / Math.sqrt(SIZE));
    assertThat(Math.abs(square - variance)).isLessThan(5 * errorOfVariance);
  }

  private static double largest(float[] values) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float value : values) {
      largest = Math.max(largest, value);
    }
    return largest;
  }

  private static float[] negated(float[] values) {
    float[] negated = Arrays.copyOf(values, values.length);
    for (int i = 0; i < negated.length; i++) {
      negated[i] = -negated[i];
    }
    return negated;
  }

  private static long count(float[] values, double beyond) {
    long count = 0;
    for (float value : values) {
      if (Math.abs(value) > beyond) {
        count++;
      }
    }
    return count;
  }
}
