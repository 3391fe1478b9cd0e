package dev.rankwise.pipeline.guard;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * Finds, among examples that make a step fail together, those that do so alone, by halves: {@code
 * k} of {@code n} take about {@code 2k·log₂ n} attempts.
 */
final class FaultSearch {
  private final Predicate<int[]> fails;
  private final int most;
  private final List<Integer> found = new ArrayList<>();

  private FaultSearch(Predicate<int[]> fails, int most) {
    this.fails = fails;
    this.most = most;
  }

  /**
   * The positions that fail alone, in the order given; one more than {@code most} if there are more
   * than that: then they are not what is wrong.
   *
   * @param positions examples that fail together, at least one
   * @param fails whether a part of them fails
   */
  static List<Integer> alone(int[] positions, Predicate<int[]> fails, int most) {
    FaultSearch search = new FaultSearch(fails, most);
    search.within(positions);
    return List.copyOf(search.found);
  }

  /** Searches a part that is known to fail. */
  private void within(int[] part) {
    if (part.length == 1) {
      found.add(part[0]);
      return;
    }
    int middle = part.length / 2;
    for (int[] half :
        List.of(
            Arrays.copyOfRange(part, 0, middle), Arrays.copyOfRange(part, middle, part.length))) {
      if (found.size() <= most && fails.test(half)) {
        within(half);
      }
    }
  }
}
