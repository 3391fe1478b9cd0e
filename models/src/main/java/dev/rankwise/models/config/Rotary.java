package dev.rankwise.models.config;

/**
 * Rotary position embedding: how far each pair of a head's numbers turns from one position to the
 * next.
 *
 * <p>Pair {@code i} of {@code size/2} consists of the numbers {@code i} and {@code i + size/2} of a
 * head; at position {@code m} it is turned by {@code m·frequency(i)}, with {@code frequency(i) =
 * base^(−2i/size)} before scaling. Source: RoFormer (arXiv 2104.09864), section 3.2.2, with the
 * pairing of transformers.
 *
 * @param size numbers of a head that are turned, from the first on; even
 * @param base base of the frequencies, above 1
 * @param scaling what stretches the frequencies for longer sequences than those trained on
 */
public record Rotary(int size, double base, Scaling scaling) {

  /** What becomes of a frequency for longer sequences. */
  public sealed interface Scaling {
    /** The scaled frequency, in radians a position. */
    double scaled(double frequency);
  }

  /** Frequencies as they were trained. */
  public record Unscaled() implements Scaling {
    @Override
    public double scaled(double frequency) {
      return frequency;
    }
  }

  /**
   * Positions squeezed together evenly. Source: arXiv 2306.15595, section 2.3.
   *
   * @param factor how many times longer sequences become, at least 1
   */
  public record Linear(double factor) implements Scaling {
    @Override
    public double scaled(double frequency) {
      return frequency / factor;
    }
  }

  /**
   * Llama 3.1's scaling: slow turns are slowed by the factor, fast ones kept, those between blended
   * linearly in turns per original length.
   *
   * @param factor how many times slow frequencies are slowed, at least 1
   * @param lowFactor turns in the original length up to which a frequency counts as slow
   * @param highFactor turns in the original length from which a frequency counts as fast; above
   *     {@code lowFactor}
   * @param originalPositions length of the sequences trained on before scaling
   */
  public record Llama3(double factor, double lowFactor, double highFactor, int originalPositions)
      implements Scaling {
    @Override
    public double scaled(double frequency) {
      double turns = originalPositions * frequency / (2 * Math.PI);
      if (turns < lowFactor) {
        return frequency / factor;
      }
      if (turns > highFactor) {
        return frequency;
      }
      double fast = (turns - lowFactor) / (highFactor - lowFactor);
      return (1 - fast) * frequency / factor + fast * frequency;
    }
  }

  /** Scaled frequency of each pair, (size/2), in radians a position. */
  public float[] frequencies() {
    float[] frequencies = new float[size / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = (float) scaling.scaled(StrictMath.pow(base, -2.0 * i / size));
    }
    return frequencies;
  }
}
