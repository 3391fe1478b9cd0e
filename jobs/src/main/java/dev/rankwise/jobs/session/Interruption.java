package dev.rankwise.jobs.session;

import dev.rankwise.models.failure.FailureCode;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
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
  /** What is left to do after a training has used up its grace. */
  private static final Duration PATIENCE = GracefulStop.GRACE.plusSeconds(10);

  private static final long LOOKING_MILLIS = 100;

  /** Java runs the handler of a signal in a thread of this name, until the process has ended. */
  private static final Map<String, FailureCode> HANDLERS =
      Map.of(
          "SIGHUP handler", FailureCode.HUNG_UP,
          "SIGINT handler", FailureCode.INTERRUPTED,
          "SIGTERM handler", FailureCode.TERMINATED);

  private final CountDownLatch told = new CountDownLatch(1);

  /** What the user reads, after {@link #mute} too. */
  private final PrintStream console = System.err;

  private Interruption() {}

  /**
   * From now on a signal waits until {@link #over}, for half a minute at most; a second one does
   * not.
   */
  public static Interruption awaited() {
    GracefulStop.prepare();
    Interruption interruption = new Interruption();
    Runtime.getRuntime().addShutdownHook(new Thread(interruption::await, "rankwise-interruption"));
    return interruption;
  }

  /**
   * From now on standard error says nothing but what a command and this class have to tell: threads
   * of Spark whose pools are being closed print a stack trace each, which nobody can act on.
   */
  static void mute() {
    System.setErr(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
  }

  /** The command has told all that it has to tell. */
  public void over() {
    told.countDown();
  }

  /** The signal that is ending this process; empty as long as there is none. */
  public static Optional<FailureCode> signal() {
    return signals().stream().findFirst();
  }

  /** One for each time that the process was asked to end. */
  private static List<FailureCode> signals() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(thread -> HANDLERS.get(thread.getName()))
        .filter(code -> code != null)
        .toList();
  }

  private void await() {
    try {
      long looks = PATIENCE.toMillis() / LOOKING_MILLIS;
      for (long look = 0; look < looks; look++) {
        if (told.await(LOOKING_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
        List<FailureCode> signals = signals();
        if (signals.size() > 1) {
          console.println("Ended at once; the next command in a run folder tidies it up");
          Runtime.getRuntime().halt(signals.get(0).exitCode());
        }
      }
      console.println("Ended before the command could tidy up; the next one does");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
