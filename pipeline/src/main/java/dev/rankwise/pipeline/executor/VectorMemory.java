package dev.rankwise.pipeline.executor;

/**
 * What vectors of trained numbers take in memory, in bytes: numbers are float32 wherever they lie.
 *
 * @param numbers how many there are, those included that travel along and stand still
 */
public record VectorMemory(long numbers) {

  /** θ, or a gradient: what a broadcast or a group's result holds. */
  public long vectorBytes() {
    return Math.multiplyExact(numbers, (long) Float.BYTES);
  }

  /** θ in native memory with its gradient, and the gradient as it leaves: private to a task. */
  public long taskBytes() {
    return 3 * vectorBytes();
  }

  /** AdamW's two moments, on the driver. */
  public long optimizerBytes() {
    return 2 * vectorBytes();
  }

  /**
   * θ, the sum of a step's gradients, and the results of its groups as they come in, on the driver.
   *
   * @param groups groups of a step
   */
  public long driverBytes(int groups) {
    return (2L + groups) * vectorBytes();
  }
}
