package dev.rankwise.datasets.example;

import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowLimits;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Judges rows of several tasks that lie in one source: a column names the task, and the row is
 * judged as that task's are.
 *
 * <p>A name is the task's own, letter for letter. A row without one, or with one that no task has,
 * is a rejection; its id is that of a row of the first task.
 */
public final class TaskRowCheck implements RowCheck {
  private static final long serialVersionUID = 1L;

  private final List<String> tasks;
  private final List<RowCheck> checks;
  private final List<int[]> places;

  /**
   * A check.
   *
   * @param column the column that names the task
   * @param tasks the tasks, by number
   * @param checks how the rows of each are judged, by number
   */
  public TaskRowCheck(String column, List<RowTask> tasks, List<RowCheck> checks) {
    List<String> all = asked(column, tasks).names();
    this.tasks = tasks.stream().map(RowTask::name).toList();
    this.checks = List.copyOf(checks);
    this.places =
        tasks.stream()
            .map(task -> task.columns().asked().names().stream().mapToInt(all::indexOf).toArray())
            .toList();
  }

  /** The columns to read: that of the task first, then those of all tasks, each once. */
  public static AskedColumns asked(String column, List<RowTask> tasks) {
    Set<String> needed = new LinkedHashSet<>(List.of(column));
    Set<String> optional = new LinkedHashSet<>();
    for (RowTask task : tasks) {
      AskedColumns asked = task.columns().asked();
      needed.addAll(asked.needed());
      optional.addAll(asked.optional());
    }
    optional.removeAll(needed);
    return new AskedColumns(
        new ArrayList<>(needed), new ArrayList<>(optional), AskedColumns.Nested.AS_JSON);
  }

  @Override
  public CheckedRow check(byte[][] values) {
    byte[] name = values[0];
    if (name == null || name.length == 0) {
      return unusable(values, RejectionReason.MISSING_TASK);
    }
    RejectionReason problem = ValueCheck.problem(name, RowLimits.MAXIMUM_NAME_CHARACTERS);
    if (problem != null) {
      return unusable(values, problem);
    }
    int task = tasks.indexOf(ValueCheck.decoded(name));
    return task < 0
        ? unusable(values, RejectionReason.UNKNOWN_TASK)
        : checks.get(task).check(of(task, values)).ofTask(task);
  }

  @Override
  public CheckedRow rejected(byte[][] values, RejectionReason reason, String recordHash) {
    return checks.get(0).rejected(of(0, values), reason, recordHash);
  }

  private CheckedRow unusable(byte[][] values, RejectionReason reason) {
    return rejected(values, reason, TurnRowCheck.recordHash(values));
  }

  /** What a task's own check reads, in its order. */
  private byte[][] of(int task, byte[][] values) {
    return IntStream.of(places.get(task)).mapToObj(place -> values[place]).toArray(byte[][]::new);
  }
}
