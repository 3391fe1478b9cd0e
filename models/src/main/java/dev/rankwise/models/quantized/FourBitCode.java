package dev.rankwise.models.quantized;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Sixteen values from −1 to 1 that four bits stand for.
 *
 * <p>A number becomes the nearest value; one that lies exactly between two becomes the lower.
 */
public enum FourBitCode {
  /**
   * Normal float: quantiles of the normal distribution at eight positive and seven negative evenly
   * spaced probabilities, and 0, scaled to ±1. Source: QLoRA (arXiv 2305.14314), appendix E.
   */
  NF4(
      -1.0f,
      -0.6961928f,
      -0.52507305f,
      -0.3949175f,
      -0.28444138f,
      -0.18477343f,
      -0.091050036f,
      0.0f,
      0.0795803f,
      0.1609302f,
      0.2461123f,
      0.33791524f,
      0.44070983f,
      0.562617f,
      0.72295684f,
      1.0f),

  /**
   * Float with a sign, two bits of exponent and one of mantissa, scaled to ±1; the fourth bit is
   * the sign. Source: bitsandbytes, whose order of the magnitudes this is.
   */
  FP4(
      0.0f,
      0.0052083335f,
      0.6666667f,
      1.0f,
      0.33333334f,
      0.5f,
      0.16666667f,
      0.25f,
      0.0f,
      -0.0052083335f,
      -0.6666667f,
      -1.0f,
      -0.33333334f,
      -0.5f,
      -0.16666667f,
      -0.25f);

  private static final int SIZE = 16;

  private final float[] values;

  /** Codes in the order of their values. */
  private final byte[] ascending = new byte[SIZE];

  /** Between neighbours of {@link #ascending}: what lies above belongs to the upper one. */
  private final float[] thresholds = new float[SIZE - 1];

  FourBitCode(float... values) {
    this.values = values;
    int[] order =
        IntStream.range(0, SIZE)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> values[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    for (int i = 0; i < SIZE; i++) {
      ascending[i] = (byte) order[i];
    }
    for (int i = 0; i < thresholds.length; i++) {
      thresholds[i] = (values[order[i]] + values[order[i + 1]]) / 2;
    }
  }

  /** The code of that name, as files and recipes spell it. */
  public static Optional<FourBitCode> named(String name) {
    return Arrays.stream(values()).filter(code -> code.lowerCaseName().equals(name)).findFirst();
  }

  /** How files and recipes spell it: {@code nf4}, {@code fp4}. */
  public String lowerCaseName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What each of the sixteen stands for. */
  public float[] entries() {
    return values.clone();
  }

  /**
   * Both values of every byte, that of its upper half first: (256, 2) row-major, as kernels read
   * it.
   */
  public float[] pairs() {
    float[] pairs = new float[2 * SIZE * SIZE];
    for (int i = 0; i < SIZE * SIZE; i++) {
      pairs[2 * i] = values[i >>> 4];
      pairs[2 * i + 1] = values[i & 15];
    }
    return pairs;
  }

  float value(int code) {
    return values[code];
  }

  /** The code whose value is nearest to a number. */
  int nearest(float number) {
    int place = number > thresholds[7] ? 8 : 0;
    place += number > thresholds[place + 3] ? 4 : 0;
    place += number > thresholds[place + 1] ? 2 : 0;
    place += number > thresholds[place] ? 1 : 0;
    return ascending[place];
  }
}
