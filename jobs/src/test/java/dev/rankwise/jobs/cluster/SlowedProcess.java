package dev.rankwise.jobs.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A process that computes for a tenth of the time: it is stopped and goes on, again and again,
 * until this is closed or it ends by itself.
 */
final class SlowedProcess implements AutoCloseable {
  private static final long AT_WORK_MILLIS = 100;
  private static final long STOPPED_MILLIS = 900;

  private final StoppedProcess process;
  private final Thread beat = new Thread(this::beat, "rankwise-slowed-process");
  private volatile boolean closed;
  private final AtomicInteger stops = new AtomicInteger();

  private SlowedProcess(StoppedProcess process) {
    this.process = process;
  }

  static SlowedProcess slow(long number) {
    SlowedProcess slowed = new SlowedProcess(new StoppedProcess(number));
    slowed.beat.setDaemon(true);
    slowed.beat.start();
    return slowed;
  }

  /** How often it was stopped so far. */
  int stops() {
    return stops.get();
  }

  private void beat() {
    try {
      while (!closed && ProcessHandle.of(process.number()).isPresent()) {
        process.stopAgain();
        stops.incrementAndGet();
        Thread.sleep(STOPPED_MILLIS);
        process.goOn();
        Thread.sleep(AT_WORK_MILLIS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets it go on at its usual speed. */
  @Override
  public void close() {
    closed = true;
    beat.interrupt();
    try {
      beat.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.close();
  }
}
