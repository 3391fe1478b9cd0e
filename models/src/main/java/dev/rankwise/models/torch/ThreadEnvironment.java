package dev.rankwise.models.torch;

import dev.rankwise.models.failure.ClusterException;
import java.util.Map;
import java.util.Optional;

/**
 * What the environment says of threads. How many there are inside an operation is set by the run,
 * for the number can change bits; OpenMP takes that number for a wish where its environment limits
 * it, and says nothing.
 */
final class ThreadEnvironment {
  /** At most so many threads in the whole process. */
  private static final String LIMIT = "OMP_THREAD_LIMIT";

  /** With {@code true} there are fewer when the host is busy. */
  private static final String DYNAMIC = "OMP_DYNAMIC";

  private ThreadEnvironment() {}

  /**
   * Does nothing if an operation gets the threads that it is given.
   *
   * @param threads threads inside one operation
   * @throws ClusterException if it may get fewer, naming both numbers
   */
  static void requireNoLimitBelow(int threads, Map<String, String> environment) {
    Optional<Integer> limit = number(environment.get(LIMIT));
    if (limit.isPresent() && limit.get() < threads) {
      throw refused(LIMIT, environment, threads, "allows %s".formatted(limit.get()));
    }
    if (threads > 1 && "true".equalsIgnoreCase(stripped(environment.get(DYNAMIC)))) {
      throw refused(DYNAMIC, environment, threads, "lets a busy host give fewer");
    }
  }

  private static ClusterException refused(
      String name, Map<String, String> environment, int threads, String effect) {
    return new ClusterException(
        ("Cannot compute with %s threads in a task: %s=%s in the environment of the executor %s,"
                + " and the number of threads can change bits; unset it there (spark.executorEnv.%s),"
                + " or set spark.task.cpus and train.threads to what every executor has")
            .formatted(threads, name, stripped(environment.get(name)), effect, name));
  }

  /** What OpenMP cannot read it passes over. */
  private static Optional<Integer> number(String text) {
    try {
      return text == null ? Optional.empty() : Optional.of(Integer.parseInt(stripped(text)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static String stripped(String text) {
    return text == null ? "" : text.strip();
  }
}
