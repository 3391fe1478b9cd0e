package dev.rankwise.jobs.sweep;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a sweep file asks for.
 *
 * @param path the file
 * @param recipe the recipe that every run starts from
 * @param caption what a reader of the table should know; may be empty
 * @param settings what every run sets, each as {@code section.key=value}
 * @param compared what is varied; a sweep has a point for each combination of their choices
 * @param groupBy the column whose values each have runs of their own, if any
 * @param seeds the seeds with which each point is run; empty for the recipe's own alone
 * @param alsoEvaluated recipes on whose held-out rows every run is measured too, by name
 */
record SweepFile(
    Path path,
    Path recipe,
    String caption,
    List<String> settings,
    List<Variation> compared,
    Optional<GroupBy> groupBy,
    List<Long> seeds,
    Map<String, Path> alsoEvaluated) {

  SweepFile {
    settings = List.copyOf(settings);
    compared = List.copyOf(compared);
    seeds = List.copyOf(seeds);
  }

  /** The name of the sweep: its file's, without the extension. */
  String name() {
    String file = path.getFileName().toString();
    int dot = file.lastIndexOf('.');
    return dot > 0 ? file.substring(0, dot) : file;
  }

  /** The same file, of which something else is varied too, before all others. */
  SweepFile varied(Variation further) {
    List<Variation> all = new ArrayList<>(List.of(further));
    all.addAll(compared);
    return new SweepFile(path, recipe, caption, settings, all, groupBy, seeds, alsoEvaluated);
  }

  /**
   * A column by whose values rows are told apart.
   *
   * @param column its name
   * @param leastRows groups of fewer rows have no runs, at least 1
   */
  record GroupBy(String column, int leastRows) {}

  /**
   * The rows with one value of a column.
   *
   * @param column its name
   * @param value the value
   * @param rows how many there were when the sweep began
   */
  record Group(String column, String value, long rows) {}

  /**
   * Something that is varied: an axis, or the named variants.
   *
   * @param choices what it may be
   */
  record Variation(List<Choice> choices) {
    Variation {
      choices = List.copyOf(choices);
    }
  }

  /**
   * One of the things that it may be.
   *
   * @param label what people call it
   * @param settings what it sets, each as {@code section.key=value}
   * @param group the rows that it is tuned and measured on; empty for all
   */
  record Choice(String label, List<String> settings, Optional<Group> group) {
    Choice {
      settings = List.copyOf(settings);
    }

    /** One of all rows. */
    Choice(String label, List<String> settings) {
      this(label, settings, Optional.empty());
    }

    /** This one, and a further one on top of it. */
    Choice and(Choice further) {
      List<String> both = new ArrayList<>(settings);
      both.addAll(further.settings);
      return new Choice(
          label.isEmpty() ? further.label : label + ", " + further.label,
          both,
          group.or(() -> further.group));
    }
  }
}
