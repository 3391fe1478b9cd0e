package dev.rankwise.adapters.merge;

import dev.rankwise.models.format.FloatElements;

/**
 * Brings a weight from where it lies to where it is written, changed on the way, a block of rows at
 * a time, so that a large weight is never held as floats.
 *
 * @param source the weight as it was
 * @param target gets all its elements
 */
record WeightBlocks(Source source, FloatElements target) {
  /** Floats in a block, unless a single row has more. */
  static final int FLOATS = 1 << 16;

  /** Outputs of a weight stored (in, out) in a block: what lies side by side is read at once. */
  private static final int OUTPUTS_SIDE_BY_SIDE = 16;

  /** Where the floats of a weight lie, row-major as the base stores it. */
  @FunctionalInterface
  interface Source {

    /** Reads elements {@code first} to {@code first + count} into {@code into}. */
    void read(int first, float[] into, int begin, int count);
  }

  /** What becomes of rows. */
  @FunctionalInterface
  interface Change {
    Change NONE = (rows, first, count) -> {};

    /**
     * Changes rows in place.
     *
     * @param rows outputs {@code first} to {@code first + count}, (count, in) row-major
     */
    void of(float[] rows, int first, int count);
  }

  /** Changes a weight stored (out, in). */
  void change(int out, int in, Change change) {
    int most = Math.min(out, Math.max(1, FLOATS / in));
    float[] rows = new float[most * in];
    for (int first = 0; first < out; first += most) {
      int count = Math.min(most, out - first);
      source.read(first * in, rows, 0, count * in);
      change.of(rows, first, count);
      target.write(first * in, rows, 0, count * in);
    }
  }

  /** Changes a weight stored (in, out), as tables and GPT-2's products are. */
  void changeTurned(int out, int in, Change change) {
    int most = Math.min(out, Math.max(OUTPUTS_SIDE_BY_SIDE, FLOATS / in));
    float[] rows = new float[most * in];
    float[] beside = new float[most];
    for (int first = 0; first < out; first += most) {
      int count = Math.min(most, out - first);
      for (int i = 0; i < in; i++) {
        source.read(i * out + first, beside, 0, count);
        for (int row = 0; row < count; row++) {
          rows[row * in + i] = beside[row];
        }
      }
      change.of(rows, first, count);
      for (int i = 0; i < in; i++) {
        for (int row = 0; row < count; row++) {
          beside[row] = rows[row * in + i];
        }
        target.write(i * out + first, beside, 0, count);
      }
    }
  }
}
