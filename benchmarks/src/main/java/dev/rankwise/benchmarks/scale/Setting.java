package dev.rankwise.benchmarks.scale;

/**
 * A cluster and what it is to compute: one group for each executor.
 *
 * @param executors how many there are, each on a host of its own
 * @param bytesPerSecond what each host's link carries in each direction
 * @param cores of an executor, which compute as fast as as many measured ones
 * @param flop of a group: {@code 4 · parameters of the base · tokens}
 * @param parameters of the adapter
 * @param wireBytes that a parameter takes on its way
 * @param summing where gradients are added
 */
record Setting(
    int executors,
    double bytesPerSecond,
    double cores,
    double flop,
    long parameters,
    double wireBytes,
    Summing summing) {

  /** Where gradients are added. */
  enum Summing {
    /** On the driver once all are there, as it is. */
    AT_THE_END,
    /** On the driver, each while the next one is on its way. */
    WHILE_THEY_COME,
    /** By executors in fixed groups of √executors, whose sums the driver adds. */
    IN_TWO_LEVELS
  }

  /** One group for each executor, of so many tokens; float32 on the wire, added at the end. */
  static Setting of(
      Base base, int rank, int executors, double gigabits, double cores, double tokens) {
    return new Setting(
        executors,
        gigabits * 1e9 / 8,
        cores,
        4 * base.parameters() * tokens,
        base.adapter(rank),
        Float.BYTES,
        Summing.AT_THE_END);
  }

  /** The adapter, or its gradient, on the wire, in bytes. */
  double bytes() {
    return parameters * wireBytes;
  }

  Setting withExecutors(int number) {
    return new Setting(number, bytesPerSecond, cores, flop, parameters, wireBytes, summing);
  }

  Setting with(Summing where) {
    return new Setting(executors, bytesPerSecond, cores, flop, parameters, wireBytes, where);
  }

  Setting withWireBytes(double bytes) {
    return new Setting(executors, bytesPerSecond, cores, flop, parameters, bytes, summing);
  }

  Setting withFlop(double ofGroup) {
    return new Setting(executors, bytesPerSecond, cores, ofGroup, parameters, wireBytes, summing);
  }
}
