package dev.rankwise.benchmarks.scale;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * What parts of a step cost, as {@code benchmarks/scale} measured them and wrote them down.
 *
 * @param job from starting a Spark job of one task to its result on the driver, seconds
 * @param task what each further task of the job adds on the driver, seconds
 * @param handOutByte on the driver, to make a broadcast, seconds a byte
 * @param readByte on an executor, to fetch a broadcast over the loopback and read it, seconds a
 *     byte
 * @param collectByte to send a result over the loopback and take it in on the driver, seconds a
 *     byte
 * @param sumVector on the driver, for a parameter, however many groups there are, seconds
 * @param sumGroup on the driver, for a parameter of a group, its checksum included, seconds
 * @param optimizer on the driver, for a parameter, seconds
 * @param coreFlops what one core gives of a step's products, FLOP a second
 * @param spread standard deviation of the time of computing a group, as a share of it
 */
record StepCosts(
    double job,
    double task,
    double handOutByte,
    double readByte,
    double collectByte,
    double sumVector,
    double sumGroup,
    double optimizer,
    double coreFlops,
    double spread) {

  /**
   * Reads costs.
   *
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if a cost is missing or no number above 0
   */
  static StepCosts read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    return new StepCosts(
        cost(properties, "job-seconds"),
        cost(properties, "task-seconds"),
        cost(properties, "hand-out-seconds-a-byte"),
        cost(properties, "read-seconds-a-byte"),
        cost(properties, "collect-seconds-a-byte"),
        cost(properties, "sum-seconds-a-parameter"),
        cost(properties, "sum-seconds-a-parameter-and-group"),
        cost(properties, "optimizer-seconds-a-parameter"),
        cost(properties, "core-flops"),
        cost(properties, "spread"));
  }

  private static double cost(Properties properties, String key) {
    String text = properties.getProperty(key);
    if (text == null) {
      throw new IllegalArgumentException("No cost %s; measure again".formatted(key));
    }
    double value = Double.parseDouble(text.trim());
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          "Invalid cost %s: %s (it must be above 0); measure again".formatted(key, text));
    }
    return value;
  }
}
