package dev.rankwise.pipeline.train;

import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.failure.InterruptedRunException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.text.CountText;
import dev.rankwise.pipeline.checkpoint.Checkpoint;
import dev.rankwise.pipeline.checkpoint.CheckpointFolder;
import dev.rankwise.pipeline.checkpoint.FaultPoint;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import dev.rankwise.pipeline.plan.RunFingerprint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Checkpoints in a folder: saved every so many steps, and taken over by a run of the same recipe.
 *
 * <table>
 * <caption>What becomes of the newest whole checkpoint that is found</caption>
 * <tr><th>its run</th><th>this run</th><th></th></tr>
 * <tr><td>unfinished</td><td>the same, but for what may change</td><td>goes on</td></tr>
 * <tr><td>unfinished</td><td>another, or shorter than what was done</td><td>is refused</td></tr>
 * <tr><td>finished</td><td>the same, but longer</td><td>goes on</td></tr>
 * <tr><td>finished</td><td>any other</td><td>begins at the beginning</td></tr>
 * </table>
 */
public final class StoredCheckpoints implements Checkpoints {
  /**
   * Settings that may change when a run goes on. They act on the steps to come alone; where the
   * learning rate follows the number of steps, it follows the new number from there on.
   */
  public static final List<String> MAY_CHANGE =
      List.of("train.epochs", "train.max-steps", "train.non-finite");

  private static final String SETTINGS = "settings.";
  private static final String CHANGED = "changed";

  private final CheckpointFolder folder;
  private final int everySteps;
  private final RunFingerprint fingerprint;
  private final StopSignal stop;
  private final Consumer<String> teller;
  private Optional<Resumption> resumption = Optional.empty();
  private boolean supersedes;
  private int begun;

  /**
   * Checkpoints of one run.
   *
   * @param everySteps steps between two, at least 1
   * @param fingerprint what the run's bytes depend on
   * @param stop asks the run to end after a step
   * @param teller hears in words what was taken over, and what could not be saved
   */
  public StoredCheckpoints(
      CheckpointFolder folder,
      int everySteps,
      RunFingerprint fingerprint,
      StopSignal stop,
      Consumer<String> teller) {
    this.folder = folder;
    this.everySteps = everySteps;
    this.fingerprint = fingerprint;
    this.stop = stop;
    this.teller = teller;
  }

  @Override
  public Optional<Snapshot> reached(int steps) {
    Optional<Checkpoint> newest = folder.newest();
    supersedes = newest.isPresent();
    if (newest.isEmpty() && folder.holdsAny()) {
      teller.accept(
          "no checkpoint in %s is whole, so the run begins at the beginning; the log says what is wrong with each"
              .formatted(folder.shown()));
    }
    Optional<Checkpoint> taken = newest.filter(checkpoint -> isTakenOver(checkpoint, steps));
    taken.ifPresent(this::takeOver);
    return taken.map(Checkpoint::state);
  }

  private boolean isTakenOver(Checkpoint checkpoint, int steps) {
    List<String> differences = differences(checkpoint);
    List<String> forbidden =
        differences.stream()
            .filter(line -> MAY_CHANGE.stream().noneMatch(key -> line.startsWith(key + ": ")))
            .toList();
    int done = checkpoint.name().step();
    if (checkpoint.finished()) {
      return forbidden.isEmpty() && !differences.isEmpty() && done < steps;
    }
    if (done == 0 && !differences.isEmpty()) {
      return false;
    }
    if (!forbidden.isEmpty()) {
      throw refused(done, "this run differs in " + String.join("; ", forbidden));
    }
    if (done > steps) {
      throw refused(done, "this run is to have " + CountText.of(steps, "step"));
    }
    return true;
  }

  private UserInputException refused(int done, String why) {
    return new UserInputException(
        ("Cannot go on with the unfinished run in %s, which has done %s: %s; give it back what"
                + " it began with, name another output directory, or delete that folder to start"
                + " from the beginning")
            .formatted(folder.shown(), CountText.of(done, "step"), why));
  }

  private void takeOver(Checkpoint checkpoint) {
    begun = checkpoint.name().step();
    List<String> changed = new ArrayList<>();
    Optional.ofNullable(checkpoint.state().values().get(CHANGED)).ifPresent(changed::add);
    changed.addAll(differences(checkpoint));
    resumption = Optional.of(new Resumption(begun, changed));
    teller.accept("going on after step %s of an interrupted run".formatted(begun));
    changed.forEach(change -> teller.accept("changed since it began: " + change));
    folder.reached(FaultPoint.RESUMED);
  }

  private List<String> differences(Checkpoint checkpoint) {
    return fingerprint.differences(checkpoint.fingerprint()).stream()
        .map(line -> line.startsWith(SETTINGS) ? line.substring(SETTINGS.length()) : line)
        .toList();
  }

  /** What was taken over; empty if the run began at the beginning. */
  public Optional<Resumption> resumption() {
    return resumption;
  }

  /**
   * The state that a run begins with is saved where there are checkpoints of another: from then on
   * nothing that a driver of that one may still write is the newest.
   */
  @Override
  public boolean isDue(int step) {
    folder.requireHeld();
    if (step == begun) {
      return supersedes;
    }
    folder.reached(FaultPoint.STEP_ENDED);
    return step % everySteps == 0 || stop.asked().isPresent();
  }

  @Override
  public void save(int step, Snapshot state) {
    save(step, state, stop.asked());
  }

  /** Saves the state, and ends the run where a signal says so. */
  private void save(int step, Snapshot state, Optional<FailureCode> end) {
    Optional<UserInputException> failure = written(step, state);
    // The run can still reach its end; an interruption would cost the steps since the last one.
    failure.ifPresent(
        why -> teller.accept("no checkpoint at step %s: %s".formatted(step, why.getMessage())));
    end.ifPresent(signal -> stopped(signal, step, failure));
  }

  private Optional<UserInputException> written(int step, Snapshot state) {
    List<String> changed = resumption.map(Resumption::changed).orElse(List.of());
    Snapshot saved = changed.isEmpty() ? state : state.with(CHANGED, String.join("; ", changed));
    try {
      folder.commit(step, fingerprint.parts(), saved);
      return Optional.empty();
    } catch (UserInputException e) {
      return Optional.of(e);
    }
  }

  private static void stopped(FailureCode signal, int step, Optional<UserInputException> failure) {
    String left =
        failure
            .map(why -> "without a checkpoint of it: " + why.getMessage())
            .orElse("with a checkpoint: the same command goes on from there");
    throw new InterruptedRunException(
        signal,
        "Interrupted (exit code %s) after step %s, %s".formatted(signal.exitCode(), step, left));
  }

  @Override
  public void stepFailed(int step, RuntimeException failure, Supplier<Snapshot> state) {
    Optional<FailureCode> end = stop.asked();
    if (end.isEmpty() && failure instanceof InterruptedRunException cancelled) {
      // Whoever cancels the job of a step means the run: a notebook's stop, Ctrl-C in a shell.
      end = Optional.of(cancelled.code());
    }
    if (end.isPresent()) {
      save(step, state.get(), end);
    }
  }
}
