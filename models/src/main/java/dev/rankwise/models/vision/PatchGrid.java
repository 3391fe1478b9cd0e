package dev.rankwise.models.vision;

/**
 * How many patches a picture has.
 *
 * @param rows patches from top to bottom, at least 1
 * @param columns patches from left to right, at least 1
 */
public record PatchGrid(int rows, int columns) {

  /** All of them. */
  public int patches() {
    return Math.multiplyExact(rows, columns);
  }
}
