package dev.rankwise.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.failure.RunHeldException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.LockHolder;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestRunLock {
  private static final Instant NOON = Instant.parse("2026-02-03T12:00:00Z");
  private static final Duration LEASE = Duration.ofSeconds(60);
  private static final LockHolder ELSEWHERE =
      new LockHolder(17, "elsewhere.example", "2026-02-03T11:00:00Z");

  @TempDir Path folder;

  private final SimulatedObjects storage = new SimulatedObjects();

  @Test
  void secondWriterIsToldWhoHoldsTheFolderWhereAndSinceWhen() throws IOException {
    try (RunLock first = at(NOON)) {
      assertThat(first.term()).isEqualTo(1);
      assertThatThrownBy(() -> at(NOON.plusSeconds(59)))
          .isInstanceOfSatisfying(
              RunHeldException.class, e -> assertThat(e.code()).isEqualTo(FailureCode.RUN_HELD))
          .hasMessage(
              "Cannot write to bucket: held by process %s on host %s since 2026-02-03T12:00:00Z;"
                      .formatted(
                          ProcessHandle.current().pid(), InetAddress.getLocalHost().getHostName())
                  + " wait for it to end, or name another folder");
      first.renew();
      first.requireHeld();
    }
    try (RunLock second = at(NOON)) {
      assertThat(second.term()).isEqualTo(2);
    }
    assertThat(storage.list("lease")).containsExactly("term-00000002-beat-00000001.json");
  }

  @Test
  void silentHolderOnAnotherHostIsWaitedForUntilItsLeaseIsOver() throws IOException {
    storage.create(
        "lease/term-00000003-beat-00000000.json",
        new LockBeat(ELSEWHERE, "unknown", NOON.plusSeconds(60), false).toJson());
    StepClock clock = new StepClock(NOON, 20);

    RunLock.awaitSilence(storage, LEASE, clock, Duration.ofMillis(1));

    assertThat(clock.instant()).isAfter(NOON.plusSeconds(60));
    assertThat(RunLock.acquire(storage, 0, LEASE, clock).term()).isEqualTo(4);
  }

  @Test
  void holderOnAnotherHostThatIsHeardOfKeepsTheFolder() throws IOException {
    LockBeat beat = new LockBeat(ELSEWHERE, "unknown", NOON.plusSeconds(60), false);
    storage.create("lease/term-00000003-beat-00000000.json", beat.toJson());
    AtomicInteger looks = new AtomicInteger();
    Storage renewed =
        new PassingOn(storage, () -> {}) {
          @Override
          public List<String> list(String folder) throws IOException {
            if (looks.incrementAndGet() == 3) {
              storage.create(
                  "lease/term-00000003-beat-00000001.json",
                  beat.renewed(NOON.plusSeconds(80)).toJson());
            }
            return super.list(folder);
          }
        };
    Clock clock = Clock.fixed(NOON, ZoneOffset.UTC);

    RunLock.awaitSilence(renewed, LEASE, clock, Duration.ofMillis(1));

    assertThat(looks).hasValue(3);
    assertThatThrownBy(() -> RunLock.acquire(renewed, 0, LEASE, clock))
        .isInstanceOf(RunHeldException.class);
  }

  @Test
  void nobodyIsWaitedForLongerThanALease() throws IOException {
    storage.create(
        "lease/term-00000003-beat-00000000.json",
        new LockBeat(ELSEWHERE, "unknown", NOON.plusSeconds(9999), false).toJson());

    Clock clock = Clock.fixed(NOON, ZoneOffset.UTC);

    RunLock.awaitSilence(storage, Duration.ofMillis(5), clock, Duration.ofMillis(1));

    assertThatThrownBy(() -> RunLock.acquire(storage, 0, LEASE, clock))
        .isInstanceOf(RunHeldException.class);
  }

  @Test
  void renewalPutsTheEndOff() {
    try (RunLock first = RunLock.acquire(storage, 0, LEASE, new StepClock(NOON, 40))) {
      first.renew();
      assertThatThrownBy(() -> at(NOON.plusSeconds(100))).isInstanceOf(RunHeldException.class);
      assertThat(at(NOON.plusSeconds(181)).term()).isEqualTo(2);
    }
  }

  @Test
  void aHolderThatSleptStopsWhenItWakes() {
    RunLock sleeper = at(NOON);
    RunLock next = at(NOON.plusSeconds(61));
    next.close();

    assertThatThrownBy(sleeper::renew)
        .isInstanceOf(RunHeldException.class)
        .hasMessageStartingWith(
            "Cannot go on writing to bucket: this process was not heard of for 60 seconds or began"
                + " at the same moment, and process ")
        .hasMessageEndingWith(" has taken over; leave it to that one");
    assertThatThrownBy(sleeper::requireHeld).isInstanceOf(RunHeldException.class);
    assertThatThrownBy(sleeper::renew).isInstanceOf(RunHeldException.class);
    List<String> beats = storage.list("lease");
    sleeper.close();
    assertThat(storage.list("lease")).isEqualTo(beats);
  }

  /** The name of a beat alone says that another has begun a term. */
  @Test
  void holderWhoseSuccessorCannotBeReadStopsAllTheSame() throws IOException {
    boolean[] unreadable = {false};
    Storage guarded =
        new PassingOn(storage, () -> {}) {
          @Override
          public byte[] read(String file, long most) throws IOException {
            if (unreadable[0]) {
              throw new IOException("Access denied");
            }
            return super.read(file, most);
          }
        };
    RunLock sleeper = at(guarded, NOON);
    at(NOON.plusSeconds(61)).close();
    unreadable[0] = true;

    assertThatThrownBy(sleeper::requireNotOvertaken)
        .isInstanceOf(RunHeldException.class)
        .hasMessageEndingWith("another process has taken over; leave it to that one");
    assertThatThrownBy(sleeper::renew).isInstanceOf(RunHeldException.class);
  }

  @Test
  void ofTwoThatBelieveInTheSameTermOneStops() throws IOException {
    RunLock first = at(NOON);
    RunLock second = at(overwriting(), NOON.plusMillis(1));
    assertThat(second.term()).isEqualTo(first.term());

    second.renew();

    assertThatThrownBy(first::renew).isInstanceOf(RunHeldException.class);
    second.renew();
  }

  /** The one whose words are not there any more, though each beats at the moment of the other. */
  @Test
  void ofTwoThatRenewAtTheSameMomentTheOneThatWasOverwrittenStops() throws IOException {
    RunLock first = at(NOON);
    RunLock second = at(overwriting(), NOON.plusMillis(1));

    assertThatThrownBy(first::renew)
        .isInstanceOf(RunHeldException.class)
        .hasMessageContaining("since " + NOON.plusMillis(1) + " has taken over");
    second.renew();
    assertThat(storage.list("lease")).containsExactly("term-00000001-beat-00000001.json");
  }

  /** Between the look and the reading of what is there, the other one renewed. */
  @Test
  void ownBeatThatIsRemovedWhileItIsReadIsAnothersWork() {
    boolean[] gone = {false};
    Storage vanishing =
        new PassingOn(storage, () -> {}) {
          @Override
          public byte[] read(String file, long most) throws IOException {
            if (gone[0]) {
              gone[0] = false;
              throw new NoSuchFileException(file);
            }
            return super.read(file, most);
          }
        };
    RunLock lock = at(vanishing, NOON);
    gone[0] = true;

    assertThatThrownBy(lock::renew).isInstanceOf(RunHeldException.class);
  }

  @Test
  void ownBeatThatCannotBeReadEndsNothing() throws IOException {
    RunLock lock = at(NOON);
    storage.replace("lease/term-00000001-beat-00000000.json", new byte[0]);

    lock.renew();

    assertThat(storage.list("lease")).containsExactly("term-00000001-beat-00000001.json");
  }

  /** A store where the second of two that make the same file overwrites the first, at the start. */
  private Storage overwriting() {
    return new PassingOn(storage, () -> {}) {
      private boolean started;

      @Override
      public List<String> list(String folder) throws IOException {
        return started ? super.list(folder) : List.of();
      }

      @Override
      public void create(String file, byte[] content) throws IOException {
        if (!started) {
          super.delete(file);
        }
        super.create(file, content);
        started = true;
      }
    };
  }

  @Test
  void termIsAboveAllCheckpointsEvenWithoutTheFormerLock() {
    assertThat(RunLock.acquire(storage, 7, LEASE, fixed(NOON)).term()).isEqualTo(8);
  }

  @Test
  void holderOnAnotherHostIsBelievedUntilItsTimeIsOver() throws IOException {
    storage.create(
        "lease/term-00000004-beat-00000009.json",
        new LockBeat(ELSEWHERE, "unknown", NOON.plusSeconds(30), false).toJson());

    assertThatThrownBy(() -> at(NOON))
        .hasMessageContaining("process 17 on host elsewhere.example since 2026-02-03T11:00:00Z");
    assertThat(at(NOON.plusSeconds(30)).term()).isEqualTo(5);
  }

  @Test
  void processOfThisHostThatIsGoneOrIsAnotherByNowHoldsNothing() {
    LockHolder here = LockHolder.ofThisProcess(fixed(NOON));
    String started = LockBeat.startOf(ProcessHandle.current());
    Instant until = NOON.plusSeconds(30);
    assertThat(new LockBeat(here, started, until, false).holds(NOON)).isTrue();
    assertThat(new LockBeat(here, "2020-01-01T00:00:00Z", until, false).holds(NOON)).isFalse();
    LockHolder gone = new LockHolder(999_999_999, here.host(), here.since());
    assertThat(new LockBeat(gone, started, until, false).holds(NOON)).isFalse();
    assertThat(new LockBeat(here, started, until, true).holds(NOON)).isFalse();
  }

  @Test
  void beatThatWasCutShortSaysNothing() throws IOException {
    byte[] beat = new LockBeat(ELSEWHERE, "unknown", NOON.plusSeconds(30), false).toJson();
    storage.create("lease/term-00000004-beat-00000001.json", beat);
    storage.create("lease/term-00000004-beat-00000002.json", new byte[0]);
    storage.create("lease/notes.txt", new byte[0]);

    assertThatThrownBy(() -> at(NOON)).isInstanceOf(RunHeldException.class);
    storage.delete("lease/term-00000004-beat-00000001.json");
    assertThat(at(NOON).term()).isEqualTo(5);
  }

  @Test
  void beatsOfStrangersAreRefused() {
    assertThatThrownBy(() -> LockBeat.parse(text("[]"), "a beat"))
        .isInstanceOf(CorruptFileException.class);
    String sound =
        new String(new LockBeat(ELSEWHERE, "", NOON, false).toJson(), StandardCharsets.UTF_8);
    String later = sound.replace("12:00:00Z", "13:00:00Z");
    String never =
        "{\"until\":\"Monday\",\"sha256\":\"%s\"}"
            .formatted(Sha256.ofText("{\"until\":\"Monday\"}"));
    for (String changed : List.of("{}", later)) {
      assertThatThrownBy(() -> LockBeat.parse(text(changed), "a beat"))
          .isInstanceOf(CorruptFileException.class)
          .hasMessage("Cannot read a beat: it is not what was written");
    }
    assertThatThrownBy(() -> LockBeat.parse(text(never), "a beat"))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage("Cannot read a beat: it names no time");
  }

  @Test
  void starterThatIsOvertakenIsToldSo() {
    Storage late =
        new PassingOn(
            storage,
            () -> {
              throw new FileAlreadyExistsException("term");
            });
    assertThatThrownBy(() -> at(late, NOON))
        .isInstanceOf(RunHeldException.class)
        .hasMessageContaining("held by a process that took it a moment ago");
  }

  @Test
  void renewalThatIsOvertakenStopsTheHolder() {
    boolean[] refuse = {false};
    RunLock lock =
        at(
            new PassingOn(
                storage,
                () -> {
                  if (refuse[0]) {
                    throw new FileAlreadyExistsException("term");
                  }
                }),
            NOON);
    refuse[0] = true;
    assertThatThrownBy(lock::renew).isInstanceOf(RunHeldException.class);
  }

  @Test
  void storageThatFailsDoesNotEndAHolderButNobodyBecomesOne() {
    boolean[] refuse = {false};
    Storage failing =
        new PassingOn(
            storage,
            () -> {
              if (refuse[0]) {
                throw new IOException("No space left on device");
              }
            });
    RunLock lock = at(failing, NOON);
    refuse[0] = true;
    lock.renew();
    lock.close();
    refuse[0] = false;
    lock.renew();
    refuse[0] = true;
    assertThatThrownBy(() -> at(failing, NOON.plusSeconds(3600)))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot write bucket: No space left on device; free space on its disk, or choose a"
                + " folder on another one");
  }

  @Test
  void listingThatNeverSettlesIsTold() throws IOException {
    storage.create("lease/term-00000004-beat-00000001.json", new byte[0]);
    Storage vanishing =
        new PassingOn(storage, () -> {}) {
          @Override
          public byte[] read(String file, long most) throws IOException {
            throw new NoSuchFileException(file);
          }
        };
    assertThatThrownBy(() -> at(vanishing, NOON)).isInstanceOf(UserInputException.class);
  }

  @Test
  void lockIsRenewedByItself() throws Exception {
    Storage disk = new LocalStorage(folder);
    RunLock lock = RunLock.acquire(disk, 0, Duration.ofMillis(30), Clock.systemUTC());
    lock.keepRenewing();
    while (disk.list("lease").contains("term-00000001-beat-00000000.json")) {
      Thread.sleep(5);
    }
    lock.close();
    assertThat(disk.list("lease")).isNotEmpty();
  }

  private RunLock at(Instant now) {
    return at(storage, now);
  }

  private static RunLock at(Storage storage, Instant now) {
    return RunLock.acquire(storage, 0, LEASE, fixed(now));
  }

  private static Clock fixed(Instant now) {
    return Clock.fixed(now, ZoneOffset.UTC);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A clock that moves on by so many seconds each time it is asked. */
  private static final class StepClock extends Clock {
    private Instant now;
    private final long seconds;

    StepClock(Instant start, long seconds) {
      this.now = start;
      this.seconds = seconds;
    }

    @Override
    public Instant instant() {
      now = now.plusSeconds(seconds);
      return now;
    }

    @Override
    public java.time.ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(java.time.ZoneId zone) {
      return this;
    }
  }
}
