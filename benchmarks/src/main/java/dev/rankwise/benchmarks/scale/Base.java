package dev.rankwise.benchmarks.scale;

import java.util.List;

/**
 * A base of llama's form with LoRA on all its linear modules.
 *
 * @param name how people call it
 * @param parameters of the base
 * @param hidden width of a state
 * @param layers number of blocks
 * @param keys width of the keys of all heads, and of the values
 * @param inner width within the feed-forward part
 */
record Base(String name, double parameters, int hidden, int layers, int keys, int inner) {
  /** From 0.1 to 70 billion parameters; shapes as their configurations have them. */
  static final List<Base> ALL =
      List.of(
          new Base("0.13 B", 134.5e6, 576, 30, 192, 1536),
          new Base("1.2 B", 1.236e9, 2048, 16, 512, 8192),
          new Base("8 B", 8.03e9, 4096, 32, 1024, 14336),
          new Base("13 B", 13.02e9, 5120, 40, 5120, 13824),
          new Base("70 B", 70.6e9, 8192, 80, 1024, 28672));

  /**
   * Parameters of an adapter: {@code r · layers · Σ (in + out)} over query, key, value, output,
   * gate, up and down.
   */
  long adapter(int rank) {
    return (long) rank * layers * (9L * hidden + 2L * keys + 3L * inner);
  }
}
