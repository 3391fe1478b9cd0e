package dev.rankwise.jobs.conf;

import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Everything that is wrong with a recipe, so that it is mended in one go. */
final class Problems {
  private final List<Problem> problems = new ArrayList<>();

  private record Problem(Place place, String text) {
    String line() {
      return place.words().isEmpty() ? text : place.words() + ": " + text;
    }
  }

  /** Something wrong at a place. */
  void add(Place place, String text) {
    problems.add(new Problem(place, text));
  }

  /** Something wrong that lies at no one place. */
  void add(String text) {
    add(Place.NOWHERE, text);
  }

  /** How much is wrong so far. */
  int count() {
    return problems.size();
  }

  /** Whether nothing is wrong so far. */
  boolean isEmpty() {
    return problems.isEmpty();
  }

  /** What is wrong, by line, then what was set on the command line, then the rest. */
  List<String> lines() {
    return problems.stream()
        .sorted(Comparator.comparing(problem -> problem.place().rank()))
        .map(Problem::line)
        .distinct()
        .toList();
  }

  /** Fails with all of it, if there is anything. */
  void throwIfAny(String recipe) {
    List<String> lines = lines();
    if (lines.isEmpty()) {
      return;
    }
    String start = "Cannot use recipe \"" + Redaction.shown(recipe) + "\": ";
    throw new UserInputException(
        lines.size() == 1
            ? start + lines.get(0)
            : start
                + lines.size()
                + " problems"
                + lines.stream().map(line -> "\n- " + line).collect(Collectors.joining()));
  }
}
