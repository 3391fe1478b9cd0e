package dev.rankwise.adapters.svd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class TestProductSvd {

  @Property(tries = 100)
  void theProductComesBackFromOrthonormalVectors(
      @ForAll @IntRange(min = 1, max = 12) int out,
      @ForAll @IntRange(min = 1, max = 12) int in,
      @ForAll @IntRange(min = 1, max = 6) int rank,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] b = random(random, rank, out);
    double[][] a = random(random, rank, in);
    Svd svd = ProductSvd.of(b, a);
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        double product = 0;
        double again = 0;
        for (int k = 0; k < rank; k++) {
          product += b[k][o] * a[k][i];
          again += svd.left()[k][o] * svd.values()[k] * svd.right()[k][i];
        }
        assertThat(again).isCloseTo(product, within(1e-10));
      }
    }
    for (int k = 1; k < rank; k++) {
      assertThat(svd.values()[k]).isBetween(0.0, svd.values()[k - 1]);
    }
    int whole = Math.min(rank, Math.min(in, out));
    for (int k = 0; k < whole; k++) {
      for (int j = 0; j < whole; j++) {
        double expected = k == j ? 1 : 0;
        if (svd.values()[k] > 1e-6 && svd.values()[j] > 1e-6) {
          assertThat(Svd.dot(svd.left()[k], svd.left()[j])).isCloseTo(expected, within(1e-8));
          assertThat(Svd.dot(svd.right()[k], svd.right()[j])).isCloseTo(expected, within(1e-8));
        }
      }
    }
  }

  @Test
  void aProductOfNothingHasNoDirection() {
    Svd svd = ProductSvd.of(new double[2][3], new double[][] {{1, 2}, {3, 4}});
    assertThat(svd.values()).containsExactly(0, 0);
    assertThat(svd.left()[0]).containsExactly(0, 0, 0);
  }

  @Test
  void valuesOfADiagonalAreItsEntries() {
    Svd svd = ProductSvd.of(new double[][] {{1, 0}, {0, 1}}, new double[][] {{2, 0}, {0, -3}});
    assertThat(svd.values()).containsExactly(3, 2);
  }

  private static double[][] random(SplittableRandom random, int rows, int columns) {
    double[][] values = new double[rows][columns];
    for (double[] row : values) {
      for (int i = 0; i < columns; i++) {
        row[i] = random.nextDouble() - 0.5;
      }
    }
    return values;
  }
}
