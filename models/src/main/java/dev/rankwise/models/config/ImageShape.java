package dev.rankwise.models.config;

import java.io.Serializable;

/**
 * The pictures that a base reads, and how it cuts them: squares of numbers, cut into square patches
 * that touch and do not overlap.
 *
 * @param side height and width in pixels; a multiple of {@code patch}
 * @param patch height and width of a patch in pixels
 * @param channels numbers of a pixel
 */
public record ImageShape(int side, int patch, int channels) implements Serializable {

  /** Patches along one side. */
  public int patchesPerSide() {
    return side / patch;
  }

  /** Patches of a picture. */
  public int patches() {
    return patchesPerSide() * patchesPerSide();
  }

  /** Numbers of a patch. */
  public int numbersPerPatch() {
    return channels * patch * patch;
  }

  /** Numbers of a picture. */
  public int numbers() {
    return channels * side * side;
  }
}
