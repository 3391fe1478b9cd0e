package dev.rankwise.models.random;

/**
 * A stream of random numbers that is the same on every Java version.
 *
 * <p>SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014,
 * figure 14). The JDK's generators promise their distribution, not how a bounded number is drawn
 * from it, so nothing that must repeat may rest on them.
 */
public final class SeededStream {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  /**
   * Begins a stream.
   *
   * @param seed what a run is given
   * @param stream which of the seed's streams this is; any two are independent
   */
  public SeededStream(long seed, long stream) {
    // Mixing the stream's number before adding keeps streams of neighbouring seeds apart.
    this.state = mix(seed) + mix(stream ^ GOLDEN_GAMMA);
  }

  /** The next 64 bits. */
  public long nextLong() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  /** Passes over so many words, in no time: the state only counts. */
  void skip(long words) {
    state += words * GOLDEN_GAMMA;
  }

  /** A multiple of 2⁻⁵³ in {@code [0, 1)}, each equally likely. */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1p-53;
  }

  /**
   * A number in {@code [0, bound)}, each equally likely: the high half of a 32 by 32 bit product,
   * with Lemire's rejection of the uneven rest.
   *
   * @param bound at least 1
   */
  public int nextBelow(int bound) {
    long threshold = (1L << 32) % bound;
    while (true) {
      long product = (nextLong() >>> 32) * bound;
      if ((product & 0xFFFFFFFFL) >= threshold) {
        return (int) (product >>> 32);
      }
    }
  }

  /** A permutation of {@code 0 … size-1} (Fisher and Yates, from the end). */
  public int[] permutation(int size) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = i;
    }
    for (int i = size - 1; i > 0; i--) {
      int j = nextBelow(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  private static long mix(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
