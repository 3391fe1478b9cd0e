package dev.rankwise.adapters.spec;

import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.random.SeededStream;

/**
 * The random numbers of one tensor. They depend on the seed and the tensor's full name alone, so
 * neither the order in which tensors are drawn nor the presence of others changes them; and they
 * are the same on every Java version, since every function in them is {@link StrictMath}'s or
 * exactly rounded.
 */
public final class TensorStream {
  private static final int WORD_DIGITS = 16;

  private final SeededStream stream;

  /**
   * Begins the stream of a tensor.
   *
   * @param seed the run's seed
   * @param name the tensor's full name, such as {@code bert.pooler.dense.weight}
   */
  public TensorStream(long seed, String name) {
    String word = Sha256.ofText(name).substring(0, WORD_DIGITS);
    this.stream = new SeededStream(seed, Long.parseUnsignedLong(word, 16));
  }

  /**
   * Numbers from U[−b, b): {@code b·(2u − 1)} with u in [0, 1), in double and then rounded once to
   * float.
   *
   * @param size how many
   * @param bound b, finite and positive
   */
  public float[] uniform(int size, double bound) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (bound * (2 * stream.nextDouble() - 1));
    }
    return values;
  }

  /**
   * Numbers from N(0, σ²): {@code σ·√(−2·ln(1 − u))·cos(2πv)} with u and v in [0, 1) (Box and
   * Muller, 1958), in double and then rounded once to float.
   *
   * @param size how many
   * @param deviation σ, finite and positive
   */
  public float[] normal(int size, double deviation) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - stream.nextDouble()));
      double angle = 2 * Math.PI * stream.nextDouble();
      values[i] = (float) (deviation * radius * StrictMath.cos(angle));
    }
    return values;
  }
}
