package dev.rankwise.jobs.sweep;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a sweep file asks for.
 *
 * @param path the file
 * @param recipe the recipe that every run starts from
 * @param caption what a reader of the table should know; may be empty
 * @param settings what every run sets, each as {@code section.key=value}
 * @param compared what is varied; a sweep has a point for each combination of their choices
 * @param seeds the seeds with which each point is run; empty for the recipe's own alone
 * @param alsoEvaluated recipes on whose held-out rows every run is measured too, by name
 */
record SweepFile(
    Path path,
    Path recipe,
    String caption,
    List<String> settings,
    List<Variation> compared,
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
   */
  record Choice(String label, List<String> settings) {
    Choice {
      settings = List.copyOf(settings);
    }
  }
}
