package dev.rankwise.jobs.session;

import dev.rankwise.models.failure.FailureCode;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The end that a signal brings: Ctrl-C, a scheduler's time limit, a terminal that goes away.
 *
 * <p>Java then runs its shutdown hooks and ends with the signal's exit code, whatever else happens.
 * Spark's hook stops its jobs, so the command fails soon and tells why; this class lets the process
 * wait for that, so that what is half written is removed, the lock is given back and {@code
 * result.json} says how it ended. Nothing depends on it: a process that is killed at once leaves
 * nothing that the next one does not clear.
 */
public final class Interruption {
  private static final long PATIENCE_SECONDS = 10;

  /** Java runs the handler of a signal in a thread of this name, until the process has ended. */
  private static final Map<String, FailureCode> HANDLERS =
      Map.of(
          "SIGHUP handler", FailureCode.HUNG_UP,
          "SIGINT handler", FailureCode.INTERRUPTED,
          "SIGTERM handler", FailureCode.TERMINATED);

  private final CountDownLatch told = new CountDownLatch(1);

  private Interruption() {}

  /** From now on a signal waits until {@link #over}, for a few seconds at most. */
  public static Interruption awaited() {
    Interruption interruption = new Interruption();
    Runtime.getRuntime().addShutdownHook(new Thread(interruption::await, "rankwise-interruption"));
    return interruption;
  }

  /** The command has told all that it has to tell. */
  public void over() {
    told.countDown();
  }

  /** The signal that is ending this process; empty as long as there is none. */
  public static Optional<FailureCode> signal() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(thread -> HANDLERS.get(thread.getName()))
        .filter(code -> code != null)
        .findFirst();
  }

  private void await() {
    try {
      if (!told.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("Ended before the command could tidy up; the next one does");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
