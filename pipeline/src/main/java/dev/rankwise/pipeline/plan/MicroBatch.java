package dev.rankwise.pipeline.plan;

import java.util.Arrays;

/**
 * The examples of one forward pass, by position in the prepared data, in the order in which their
 * tokens are laid end to end.
 *
 * @param positions positions of the examples, (sequences); at least one
 */
public record MicroBatch(int[] positions) {

  public MicroBatch {
    positions = positions.clone();
  }

  @Override
  public int[] positions() {
    return positions.clone();
  }

  /** Number of examples. */
  public int size() {
    return positions.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MicroBatch that && Arrays.equals(positions, that.positions);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(positions);
  }

  @Override
  public String toString() {
    return Arrays.toString(positions);
  }
}
