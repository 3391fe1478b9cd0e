package dev.rankwise.datasets.clean.text;

/**
 * Buckets in which texts meet that are probably alike (Broder 1997; Leskovec, Rajaraman and Ullman,
 * <em>Mining of Massive Datasets</em>, section 3.4).
 *
 * <p>For {@code b · r} hash functions a set is told by the least hash of its members. Two sets
 * agree in one of these with a probability of their Jaccard similarity s. The functions are laid in
 * b bands of r; sets whose band is the same meet in a bucket. That two meet at all has the
 * probability
 *
 * <pre>{@code P(s) = 1 - (1 - s^r)^b}</pre>
 *
 * <p>With b = 16 and r = 4: P(0.7) = 0.988, P(0.8) = 0.9998, P(0.5) = 0.64, P(0.2) = 0.03. Whoever
 * meets is then compared by whole sets, so what meets by chance costs time and nothing else, and a
 * low r is right.
 */
public final class MinHash {
  /** Bands. */
  public static final int BANDS = 16;

  /** Hash functions of a band. */
  public static final int ROWS = 4;

  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private MinHash() {}

  /**
   * The buckets of a set, one for each band.
   *
   * @param members hashes of the set's members; not empty
   * @return {@link #BANDS} hashes, each of its band's number and least hashes
   */
  public static long[] buckets(long[] members) {
    long[] buckets = new long[BANDS];
    for (int band = 0; band < BANDS; band++) {
      long bucket = WordGrams.mixed(band + 1L);
      for (int row = 0; row < ROWS; row++) {
        bucket = WordGrams.mixed(bucket ^ least(members, seed(band * ROWS + row)));
      }
      buckets[band] = bucket;
    }
    return buckets;
  }

  /** The least of {@code mixed(member + seed)}; members are hashes themselves. */
  private static long least(long[] members, long seed) {
    long least = Long.MAX_VALUE;
    for (long member : members) {
      least = Math.min(least, WordGrams.mixed(member + seed));
    }
    return least;
  }

  private static long seed(int function) {
    return WordGrams.mixed((function + 1) * GOLDEN);
  }
}
