package dev.rankwise.jobs.session;

import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.pipeline.train.StopSignal;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * The time that a signal leaves a training to end in: it finishes its step, or gives it up if that
 * takes too long, and writes a checkpoint.
 *
 * <p>Spark ends its context in a shutdown hook of Hadoop's. This class has one that comes before:
 * as long as a training is on its way, Spark lives for as long as the grace lasts. What Spark then
 * prints as it ends is not for the user.
 */
public final class GracefulStop implements StopSignal, AutoCloseable {
  /** For all: schedulers that ask a process to end kill it after 30 seconds, as a rule. */
  static final Duration GRACE = Duration.ofSeconds(20);

  /** Spark's hooks have 50 and less; higher ones come first. */
  private static final int BEFORE_SPARK = 100;

  private static final AtomicReference<GracefulStop> TRAINING = new AtomicReference<>();

  private final Runnable abandon;
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile Optional<FailureCode> asked = Optional.empty();

  private GracefulStop(Runnable abandon) {
    this.abandon = abandon;
  }

  /** From now on a signal waits for the training that is on its way, if there is one. */
  static void prepare() {
    ShutdownHookManager.get()
        .addShutdownHook(
            () -> {
              Optional.ofNullable(TRAINING.get()).ifPresent(GracefulStop::ask);
              Interruption.mute();
            },
            BEFORE_SPARK,
            GRACE.toSeconds() + 1,
            TimeUnit.SECONDS);
  }

  /**
   * A training is on its way until this is closed.
   *
   * @param abandon makes the step that is being computed fail
   */
  public static GracefulStop during(Runnable abandon) {
    GracefulStop stop = new GracefulStop(abandon);
    TRAINING.set(stop);
    return stop;
  }

  @Override
  public Optional<FailureCode> asked() {
    return asked;
  }

  private void ask() {
    Optional<FailureCode> signal = Interruption.signal();
    if (signal.isEmpty()) {
      // The process ends by itself.
      return;
    }
    asked = signal;
    System.err.println("Ending after this step; the same signal again ends at once");
    long half = GRACE.toMillis() / 2;
    try {
      if (!over.await(half, TimeUnit.MILLISECONDS)) {
        abandon.run();
        over.await(half, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The training is over. */
  @Override
  public void close() {
    over.countDown();
    TRAINING.compareAndSet(this, null);
  }
}
