package dev.rankwise.adapters.combine;

import dev.rankwise.adapters.spec.TensorStream;

/** Which numbers of a factor stay where numbers are dropped at random. */
@FunctionalInterface
interface DropMasks {

  /**
   * One factor's.
   *
   * @param adapter which adapter's it is, from 0
   * @param tensor the factor's full name
   * @param size how many numbers it has
   */
  boolean[] kept(int adapter, String tensor, int size);

  /** Drawn from a seed, the adapter's place and the factor's name, and from nothing else. */
  static DropMasks drawn(long seed, double density) {
    return (adapter, tensor, size) -> {
      float[] drawn = new TensorStream(seed, adapter + " " + tensor).uniform(size, 1);
      boolean[] kept = new boolean[size];
      for (int i = 0; i < size; i++) {
        kept[i] = (drawn[i] + 1) / 2 < density;
      }
      return kept;
    };
  }
}
