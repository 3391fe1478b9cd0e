package dev.rankwise.pipeline.checkpoint;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.RunHeldException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.LockHolder;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One writer for a folder of checkpoints, wherever it lies: a lease that is renewed, under a term
 * that rises with every holder.
 *
 * <p>A term begins with the first file of its number, which only one process can make. Its holder
 * says from time to time that it is alive; who finds that time over, or the process gone, begins
 * the next term. A holder that had only been asleep finds the higher term when it renews, and
 * stops; what it wrote meanwhile bears a lower term and is never taken for the newest. The clocks
 * of two hosts matter for who waits, not for what is read.
 *
 * <p>On an object store without an atomic create two processes that start at the same moment may
 * both believe that they hold the same term. Of their beats of one name the store keeps the one
 * that came last, so at the next renewal the other process reads what it did not write, or finds a
 * beat above its own, and stops.
 */
public final class RunLock implements AutoCloseable {
  /** How long a holder that is not heard of is believed to be alive. */
  public static final Duration LEASE = Duration.ofSeconds(60);

  /** Time between two looks at a holder of whom it is not known whether it is alive. */
  static final Duration PAUSE = Duration.ofSeconds(1);

  private static final String FOLDER = "lease";
  private static final int ATTEMPTS = 20;
  private static final Pattern BEAT = Pattern.compile("term-(\\d{8,12})-beat-(\\d{8,12})\\.json");
  private static final Logger LOG = LoggerFactory.getLogger(RunLock.class);

  private final Storage storage;
  private final Duration lease;
  private final Clock clock;
  private final long term;
  private long beat;
  private LockBeat own;
  private Optional<String> lost = Optional.empty();
  private Optional<ScheduledExecutorService> timer = Optional.empty();

  /** Name of a beat's file. */
  private record BeatName(long term, long beat) implements Comparable<BeatName> {
    private static final Comparator<BeatName> ORDER =
        Comparator.comparingLong(BeatName::term).thenComparingLong(BeatName::beat);

    static Optional<BeatName> parse(String file) {
      Matcher text = BEAT.matcher(file);
      return text.matches()
          ? Optional.of(new BeatName(Long.parseLong(text.group(1)), Long.parseLong(text.group(2))))
          : Optional.empty();
    }

    String path() {
      return FOLDER + "/" + String.format(Locale.ROOT, "term-%08d-beat-%08d.json", term, beat);
    }

    @Override
    public int compareTo(BeatName other) {
      return ORDER.compare(this, other);
    }
  }

  private RunLock(Storage storage, Duration lease, Clock clock, long term, LockBeat own) {
    this.storage = storage;
    this.lease = lease;
    this.clock = clock;
    this.term = term;
    this.own = own;
  }

  /**
   * Takes the lock.
   *
   * @param above the term is higher than this one, and than all before it
   * @param lease how long it is believed without being renewed
   * @throws RunHeldException if another process holds it, naming process, host and since when
   */
  public static RunLock acquire(Storage storage, long above, Duration lease, Clock clock) {
    try {
      Optional<LockBeat> holder = newest(storage);
      if (holder.isPresent() && holder.get().holds(clock.instant())) {
        throw held(storage, holder.get().holder().described());
      }
      long term =
          1 + Math.max(above, beats(storage).stream().mapToLong(BeatName::term).max().orElse(0));
      if (term > CheckpointName.HIGHEST_TERM) {
        throw new UserInputException(
            ("Cannot write to %s: a name in it has the term %s, which no run has reached; remove what bears"
                    + " it, or name another folder")
                .formatted(storage.shown(), term - 1));
      }
      LockBeat own =
          new LockBeat(
              LockHolder.ofThisProcess(clock),
              LockBeat.startOf(ProcessHandle.current()),
              clock.instant().plus(lease),
              false);
      // A part of it would say nothing, and another would take the next term.
      storage.createWhole(new BeatName(term, 0).path(), own.toJson());
      RunLock lock = new RunLock(storage, lease, clock, term, own);
      lock.removeBefore(new BeatName(term, 0));
      return lock;
    } catch (FileAlreadyExistsException e) {
      throw held(storage, "a process that took it a moment ago");
    } catch (IOException e) {
      throw FileFailure.writing(storage.shown(), e);
    }
  }

  /**
   * Waits while a holder on another host is believed and says nothing: until it is heard of, or its
   * lease is over. A scheduler that starts a lost driver again elsewhere is faster than a lease.
   *
   * @param lease the longest time that is waited
   * @param pause time between two looks
   */
  static void awaitSilence(Storage storage, Duration lease, Clock clock, Duration pause) {
    try {
      Optional<LockBeat> first = holderElsewhere(storage, clock);
      Optional<LockBeat> now = first;
      for (long look = 0; now.isPresent() && now.equals(first); look++) {
        if (look == 0) {
          LOG.warn(
              "{} is held by {}; waiting for at most {} seconds to see whether that is alive",
              storage.shown(),
              now.get().holder().described(),
              lease.toSeconds());
        }
        if (look > lease.dividedBy(pause)) {
          return;
        }
        Thread.sleep(pause.toMillis());
        now = holderElsewhere(storage, clock);
      }
    } catch (IOException e) {
      throw FileFailure.reading(storage.shown(), e);
    } catch (InterruptedException e) {
      // Who takes the lock now is told by whom it is held.
      Thread.currentThread().interrupt();
    }
  }

  private static Optional<LockBeat> holderElsewhere(Storage storage, Clock clock)
      throws IOException {
    return newest(storage)
        .filter(beat -> !beat.holder().isOnThisHost() && beat.holds(clock.instant()));
  }

  /** The number of this holder: higher than that of all before it. */
  public long term() {
    return term;
  }

  /**
   * Says that this process is alive, unless another has taken over.
   *
   * @throws RunHeldException if another has
   */
  public synchronized void renew() {
    requireHeld();
    try {
      look();
      requireHeld();
      put(own.renewed(clock.instant().plus(lease)));
    } catch (FileAlreadyExistsException e) {
      lost = Optional.of("a process that took it a moment ago");
      requireHeld();
    } catch (IOException e) {
      // Who cannot write the lock cannot write a checkpoint either; that failure is told.
      LOG.warn("Cannot renew the lock in {}", storage.shown(), e);
    }
  }

  /**
   * Looks whether another has taken over, as {@link #renew} does, and writes nothing: for what is
   * written often.
   *
   * @throws RunHeldException if another has
   */
  public synchronized void requireNotOvertaken() {
    requireHeld();
    try {
      look();
    } catch (IOException e) {
      // What is to be written there says why it cannot be.
      LOG.warn("Cannot look at the lock in {}", storage.shown(), e);
    }
    requireHeld();
  }

  /** Remembers who has taken over, if anybody has. */
  private void look() throws IOException {
    BeatName last = new BeatName(term, beat);
    Optional<BeatName> highest = beats(storage).stream().max(Comparator.naturalOrder());
    if (highest.isPresent()
        && (highest.get().compareTo(last) > 0
            || (highest.get().equals(last) && isOfAnother(last)))) {
      // Known by the name alone, whatever can be read of it.
      lost = Optional.of("another process");
      newest(storage).ifPresent(other -> lost = Optional.of(other.holder().described()));
    }
  }

  /** Whether somebody else's words stand under a name of this process's. */
  private boolean isOfAnother(BeatName name) throws IOException {
    try {
      byte[] content = storage.read(name.path(), LockBeat.MOST_BYTES);
      return !LockBeat.parse(content, name.path()).holder().equals(own.holder());
    } catch (FileNotFoundException | NoSuchFileException e) {
      // Only who has written a later beat removes one.
      return true;
    } catch (CorruptFileException e) {
      LOG.warn("Passing over {} in {}: {}", name.path(), storage.shown(), e.getMessage());
      return false;
    }
  }

  /** Renews the lock three times a lease, in a thread of its own, until it is closed or lost. */
  public synchronized void keepRenewing() {
    ScheduledExecutorService renewing =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "rankwise-lock");
              thread.setDaemon(true);
              return thread;
            });
    long third = Math.max(1, lease.toMillis() / 3);
    // After a failure nothing is scheduled any more: the lock is lost, and the run is told so.
    ScheduledFuture<?> unused =
        renewing.scheduleWithFixedDelay(this::renew, third, third, TimeUnit.MILLISECONDS);
    timer = Optional.of(renewing);
  }

  /**
   * Does nothing as long as no renewal has found that another process took over.
   *
   * @throws RunHeldException if one has
   */
  public synchronized void requireHeld() {
    if (lost.isPresent()) {
      throw new RunHeldException(
          ("Cannot go on writing to %s: this process was not heard of for %s seconds or began at"
                  + " the same moment, and %s has taken over; leave it to that one")
              .formatted(storage.shown(), lease.toSeconds(), lost.get()));
    }
  }

  /** Gives the lock back; the term stays, so that the next one is higher. */
  @Override
  public synchronized void close() {
    timer.ifPresent(ScheduledExecutorService::shutdownNow);
    if (own.released() || lost.isPresent()) {
      return;
    }
    try {
      put(own.givenBack());
    } catch (IOException e) {
      LOG.warn("Cannot give back the lock in {}; it ends by itself", storage.shown(), e);
    }
  }

  private void put(LockBeat next) throws IOException {
    BeatName name = new BeatName(term, beat + 1);
    // The number is used up even if only a part of the file could be written.
    beat = name.beat();
    storage.create(name.path(), next.toJson());
    own = next;
    removeBefore(name);
  }

  private void removeBefore(BeatName newest) throws IOException {
    for (BeatName name : beats(storage)) {
      if (name.compareTo(newest) < 0) {
        storage.delete(name.path());
      }
    }
  }

  private static List<BeatName> beats(Storage storage) throws IOException {
    return storage.list(FOLDER).stream().map(BeatName::parse).flatMap(Optional::stream).toList();
  }

  /** What the holder said last; what cannot be read, such as a beat cut short, says nothing. */
  private static Optional<LockBeat> newest(Storage storage) throws IOException {
    for (int attempt = 0; ; attempt++) {
      try {
        return newestOf(storage, beats(storage));
      } catch (FileNotFoundException | NoSuchFileException e) {
        // Its holder has renewed it meanwhile.
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static Optional<LockBeat> newestOf(Storage storage, List<BeatName> beats)
      throws IOException {
    for (BeatName name : beats.stream().sorted(Comparator.reverseOrder()).toList()) {
      byte[] content = storage.read(name.path(), LockBeat.MOST_BYTES);
      try {
        return Optional.of(LockBeat.parse(content, name.path()));
      } catch (CorruptFileException e) {
        LOG.warn("Passing over {} in {}: {}", name.path(), storage.shown(), e.getMessage());
      }
    }
    return Optional.empty();
  }

  private static RunHeldException held(Storage storage, String holder) {
    return new RunHeldException(
        "Cannot write to %s: held by %s; wait for it to end, or name another folder"
            .formatted(storage.shown(), holder));
  }
}
