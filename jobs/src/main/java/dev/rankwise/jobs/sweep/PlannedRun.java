package dev.rankwise.jobs.sweep;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.sweep.SweepFile.Group;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One run of a sweep.
 *
 * @param point what is compared, in words
 * @param group the rows with one value of a column that it is tuned on; empty for all
 * @param seed the seed it is run with; empty where the sweep names none
 * @param recipe the whole recipe, with the run folder
 * @param sha256 hash of what the recipe asks for
 * @param folder the run folder, in whose name the hash's beginning stands: another recipe of the
 *     same point has another one
 */
record PlannedRun(
    String point,
    Optional<Group> group,
    Optional<Long> seed,
    Recipe recipe,
    String sha256,
    Path folder) {

  /** What people call it. */
  String label() {
    return label(point, seed);
  }

  /** What people call the run of a point. */
  static String label(String point, Optional<Long> seed) {
    return point + seed.map(number -> ", seed " + number).orElse("");
  }
}
