package dev.rankwise.pipeline.guard;

import dev.rankwise.pipeline.checkpoint.Resumable;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import dev.rankwise.pipeline.plan.PlannedStep;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Examples that a run leaves out, because each makes every step fail that it is in.
 *
 * <p>Which ones these are follows from examples, model and parameters, not from what the cluster
 * did: an executor that was lost for another reason does not fail again with the same examples. So
 * each that is found is tried once more, after the rest of its step went well: a cluster that was
 * away while they were looked for accuses the innocent, who pass then. What a run leaves out is
 * part of its state, so one that goes on leaves out the same.
 */
public final class Quarantine implements Resumable {
  private static final String POSITIONS = "positions";

  private final int most;
  private final SortedSet<Integer> positions = new TreeSet<>();

  /**
   * An empty one.
   *
   * @param most how many examples it takes, at least 0
   */
  public Quarantine(int most) {
    this.most = most;
  }

  /** Positions of the examples in it. */
  public List<Integer> positions() {
    return List.copyOf(positions);
  }

  /**
   * The steps without what is in it; a step of which nothing is left stays, empty.
   *
   * @param lengths tokens of each example, by position
   */
  public List<PlannedStep> without(List<PlannedStep> steps, int[] lengths) {
    if (positions.isEmpty()) {
      return steps;
    }
    return steps.stream()
        .map(step -> step.keeping(position -> !positions.contains(position), lengths))
        .toList();
  }

  /**
   * Looks for the examples that make a step fail, and takes them in if it may, they fail alone, and
   * the rest of the step does not.
   *
   * @param step a step that failed, without what was in it before
   * @param lengths tokens of each example, by position
   * @param fails whether a part of the step fails
   * @return what was taken in; nothing if the examples are not what is wrong, or there are too many
   */
  public List<Integer> takeFrom(PlannedStep step, int[] lengths, Predicate<PlannedStep> fails) {
    int room = most - positions.size();
    if (room == 0 || step.examples() < 2) {
      return List.of();
    }
    List<Integer> found =
        FaultSearch.alone(
            step.positions(),
            part -> {
              Set<Integer> kept = Arrays.stream(part).boxed().collect(Collectors.toSet());
              return fails.test(step.keeping(kept::contains, lengths));
            },
            room);
    Set<Integer> culprits = new HashSet<>(found);
    PlannedStep rest = step.keeping(position -> !culprits.contains(position), lengths);
    if (found.isEmpty() || found.size() > room || rest.examples() == 0 || fails.test(rest)) {
      return List.of();
    }
    boolean confirmed =
        found.stream()
            .map(culprit -> step.keeping(position -> position == culprit, lengths))
            .allMatch(fails);
    if (!confirmed) {
      return List.of();
    }
    positions.addAll(found);
    return found;
  }

  @Override
  public Snapshot state() {
    return positions.isEmpty()
        ? Snapshot.empty()
        : Snapshot.empty()
            .with(
                POSITIONS,
                positions.stream().map(String::valueOf).collect(Collectors.joining(" ")));
  }

  /** A state without positions is that of a run that left nothing out. */
  @Override
  public void restore(Snapshot state) {
    positions.clear();
    if (state.values().isEmpty()) {
      return;
    }
    for (String position : state.text(POSITIONS).split(" ")) {
      positions.add(Snapshot.empty().with(POSITIONS, position).whole(POSITIONS));
    }
  }
}
