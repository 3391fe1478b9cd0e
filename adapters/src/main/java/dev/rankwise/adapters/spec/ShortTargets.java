package dev.rankwise.adapters.spec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A long list of targets, said shortly: by endings that the modules to adapt share and no other
 * module has. PEFT does so from {@value #LEAST} names on (peft 0.21, {@code
 * _find_minimal_target_modules}), before it looks at layers and exclusions, so it is part of what a
 * configuration means.
 */
final class ShortTargets {
  private static final int LEAST = 20;

  private ShortTargets() {}

  /**
   * The targets as PEFT takes them.
   *
   * @param targets names or endings of paths
   * @param modules the paths of all modules of the base
   * @return the shorter list in ascending order, or the targets as given if they are few or no
   *     shorter list says the same
   */
  static List<String> of(List<String> targets, Collection<String> modules) {
    Set<String> named = new TreeSet<>(targets);
    if (named.size() < LEAST) {
      return targets;
    }
    Set<String> endingsOfOthers = new TreeSet<>();
    for (String module : modules) {
      List<String> endings = endings(module);
      if (endings.stream().noneMatch(named::contains)) {
        endingsOfOthers.addAll(endings);
      }
    }
    Set<String> chosen = new TreeSet<>();
    for (List<String> endings : inOrder(named)) {
      List<String> inside = endings.subList(0, endings.size() - 1);
      if (inside.stream().noneMatch(chosen::contains)) {
        endings.stream()
            .filter(ending -> !chosen.contains(ending) && !endingsOfOthers.contains(ending))
            .findFirst()
            .ifPresent(chosen::add);
      }
    }
    return !chosen.isEmpty() && chosen.size() < named.size() ? List.copyOf(chosen) : targets;
  }

  /** The endings of each target; which come first decides what later ones can share. */
  private static List<List<String>> inOrder(Set<String> targets) {
    Comparator<List<String>> byEnding =
        (left, right) -> Arrays.compare(left.toArray(String[]::new), right.toArray(String[]::new));
    return targets.stream().map(ShortTargets::endings).sorted(byEnding).toList();
  }

  /** {@code c}, {@code b.c}, {@code a.b.c} of {@code a.b.c}. */
  private static List<String> endings(String path) {
    List<String> endings = new ArrayList<>();
    for (int dot = path.lastIndexOf('.'); dot >= 0; dot = path.lastIndexOf('.', dot - 1)) {
      endings.add(path.substring(dot + 1));
    }
    return Stream.concat(endings.stream(), Stream.of(path)).toList();
  }
}
