package dev.rankwise.adapters.svd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class TestDenseSvd {

  @Property(tries = 100)
  void theMatrixComesBackFromOrthonormalVectors(
      @ForAll @IntRange(min = 1, max = 17) int out,
      @ForAll @IntRange(min = 1, max = 17) int in,
      @ForAll long seed) {
    float[] matrix = random(new SplittableRandom(seed), out * in);
    int n = Math.min(out, in);
    Svd svd = DenseSvd.of(matrix, out, in, n);
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        double again = 0;
        for (int k = 0; k < n; k++) {
          again += svd.left()[k][o] * svd.values()[k] * svd.right()[k][i];
        }
        assertThat(again).isCloseTo(matrix[o * in + i], within(1e-6));
      }
    }
    for (int k = 0; k < n; k++) {
      if (svd.values()[k] > 1e-3) {
        assertThat(Svd.dot(svd.left()[k], svd.left()[k])).isCloseTo(1, within(1e-9));
        assertThat(Svd.dot(svd.right()[k], svd.right()[k])).isCloseTo(1, within(1e-9));
      }
    }
  }

  @Property(tries = 30)
  void valuesAreThoseOfTheProductThatItIs(
      @ForAll @IntRange(min = 1, max = 4) int rank, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int out = 40;
    int in = 30;
    double[][] b = new double[rank][out];
    double[][] a = new double[rank][in];
    float[] matrix = new float[out * in];
    for (int k = 0; k < rank; k++) {
      for (int o = 0; o < out; o++) {
        b[k][o] = random.nextDouble() - 0.5;
      }
      for (int i = 0; i < in; i++) {
        a[k][i] = random.nextDouble() - 0.5;
      }
    }
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        double sum = 0;
        for (int k = 0; k < rank; k++) {
          sum += b[k][o] * a[k][i];
        }
        matrix[o * in + i] = (float) sum;
      }
    }
    double[] expected = ProductSvd.of(b, a).values();
    Svd svd = DenseSvd.of(matrix, out, in, 0);
    assertThat(svd.left()).isEmpty();
    assertThat(svd.values()).hasSize(30);
    for (int k = 0; k < 30; k++) {
      assertThat(svd.values()[k]).isCloseTo(k < rank ? expected[k] : 0, within(2e-6));
    }
  }

  @Test
  void manyEqualValuesAreNoTrouble() {
    float[] identity = new float[100 * 100];
    for (int k = 0; k < 100; k++) {
      identity[k * 101] = 2;
    }
    assertThat(DenseSvd.of(identity, 100, 100, 3).values()).containsOnly(2);
    Svd nothing = DenseSvd.of(new float[12], 3, 4, 2);
    assertThat(nothing.values()).containsOnly(0);
    assertThat(nothing.left()[0]).containsOnly(0);
    assertThat(nothing.right()[1]).containsOnly(0);
  }

  private static float[] random(SplittableRandom random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (random.nextDouble() - 0.5);
    }
    return values;
  }
}
