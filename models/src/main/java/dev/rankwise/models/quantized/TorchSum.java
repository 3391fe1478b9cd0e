package dev.rankwise.models.quantized;

import java.util.Arrays;

/**
 * The sum of float32 numbers with the roundings of libtorch on vectors of eight: four rows of
 * vectors are added up side by side, each in four levels, then rows, then lanes. The mean of block
 * scales is stored in files, and these are to have the bytes that bitsandbytes writes.
 *
 * <p>Source: libtorch 2.7, its cascade sum.
 */
final class TorchSum {
  private static final int LANES = 8;
  private static final int ROWS = 4;
  private static final int LEVELS = 4;
  private static final int LEAST_POWER = 4;

  private TorchSum() {}

  static float of(float[] numbers) {
    if (numbers.length < LANES) {
      return lanes(numbers, 1)[0];
    }
    float[] lanes = lanes(numbers, LANES);
    float sum = 0;
    for (int i = numbers.length / LANES * LANES; i < numbers.length; i++) {
      sum += numbers[i];
    }
    for (float lane : lanes) {
      sum += lane;
    }
    return sum;
  }

  /** The sum of whole vectors of {@code width}, lane by lane. */
  private static float[] lanes(float[] numbers, int width) {
    int vectors = numbers.length / width;
    float[][] rows = rows(numbers, width, vectors / ROWS);
    for (int vector = vectors / ROWS * ROWS; vector < vectors; vector++) {
      add(rows[0], numbers, vector * width);
    }
    for (int row = 1; row < ROWS; row++) {
      add(rows[0], rows[row], 0);
    }
    return rows[0];
  }

  private static float[][] rows(float[] numbers, int width, int size) {
    float[][][] sums = new float[LEVELS][ROWS][width];
    int power = Math.max(LEAST_POWER, ceilingOfLogarithm(size) / LEVELS);
    int step = 1 << power;
    int i = 0;
    while (i + step <= size) {
      for (int end = i + step; i < end; i++) {
        addRows(sums[0], numbers, i, width);
      }
      carry(sums, i, power);
    }
    for (; i < size; i++) {
      addRows(sums[0], numbers, i, width);
    }
    for (int level = 1; level < LEVELS; level++) {
      for (int row = 0; row < ROWS; row++) {
        add(sums[0][row], sums[level][row], 0);
      }
    }
    return sums[0];
  }

  private static void carry(float[][][] sums, int done, int power) {
    int mask = (1 << power) - 1;
    for (int level = 1; level < LEVELS; level++) {
      for (int row = 0; row < ROWS; row++) {
        add(sums[level][row], sums[level - 1][row], 0);
        Arrays.fill(sums[level - 1][row], 0);
      }
      if ((done & (mask << (level * power))) != 0) {
        return;
      }
    }
  }

  private static void addRows(float[][] rows, float[] numbers, int i, int width) {
    for (int row = 0; row < ROWS; row++) {
      add(rows[row], numbers, (i * ROWS + row) * width);
    }
  }

  private static void add(float[] sum, float[] numbers, int start) {
    for (int lane = 0; lane < sum.length; lane++) {
      sum[lane] += numbers[start + lane];
    }
  }

  private static int ceilingOfLogarithm(int number) {
    return number <= 2 ? 1 : Integer.SIZE - Integer.numberOfLeadingZeros(number - 1);
  }
}
