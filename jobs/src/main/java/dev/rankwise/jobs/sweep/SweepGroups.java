package dev.rankwise.jobs.sweep;

import dev.rankwise.datasets.clean.RowFilter;
import dev.rankwise.datasets.clean.RowGroups;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.SharedSpark;
import dev.rankwise.jobs.sweep.SweepFile.Choice;
import dev.rankwise.jobs.sweep.SweepFile.Group;
import dev.rankwise.jobs.sweep.SweepFile.GroupBy;
import dev.rankwise.jobs.sweep.SweepFile.Variation;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.jobs.text.YamlNode;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.text.CountText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/**
 * The values of the column that a sweep goes by, each of which is a run's: an adapter for each
 * customer, each language.
 *
 * @param file names the column
 * @param sets settings of the command line, which go before those of the file
 * @param context where to tell
 */
record SweepGroups(SweepFile file, List<String> sets, RunContext context) {
  private static final String FILTER = "data.filter";

  /**
   * Counts the rows of each group, and lets each one be a thing that is varied.
   *
   * @param spark started if it does not run
   * @throws DataException if no group has rows enough, or the column cannot tell rows apart
   */
  SweepFile varied(GroupBy by, SharedSpark spark) {
    List<String> settings = new ArrayList<>(file.settings());
    settings.addAll(sets);
    Recipe recipe = Recipe.read(file.recipe(), settings);
    SparkSession session = spark.start("sweep", recipe.spark());
    RowGroups groups =
        RowGroups.of(
            session,
            recipe.data().filteredRows(),
            by.column(),
            recipe.data().limits(),
            SweepPlan.MOST_RUNS);
    List<Choice> choices = new ArrayList<>();
    for (Map.Entry<String, Long> group : groups.rows().entrySet()) {
      if (group.getValue() >= by.leastRows()) {
        Group own = new Group(by.column(), group.getKey(), group.getValue());
        choices.add(new Choice(label(own), List.of(), Optional.of(own)));
      }
    }
    tell(by, groups, choices.size());
    if (choices.isEmpty()) {
      throw new DataException(
          "Cannot tune by %s: none of its %s has %s; name another column, or fewer least-rows"
              .formatted(
                  by.column(),
                  CountText.of(groups.rows().size(), "value"),
                  CountText.of(by.leastRows(), "row")));
    }
    return file.varied(new Variation(choices));
  }

  private void tell(GroupBy by, RowGroups groups, int kept) {
    int few = groups.rows().size() - kept;
    context.say(
        "Groups     %s of column %s%s%s"
            .formatted(
                CountText.of(kept, "value"),
                by.column(),
                few == 0
                    ? ""
                    : "; %s with fewer than %s left out"
                        .formatted(few, CountText.of(by.leastRows(), "row")),
                groups.without() == 0
                    ? ""
                    : "; %s without a value left out"
                        .formatted(CountText.of(groups.without(), "row"))));
  }

  /** What people call a group; two values are never called the same. */
  private static String label(Group group) {
    String shown = Redaction.printable(group.value());
    String mark =
        shown.equals(group.value())
            ? ""
            : " #" + new ContentHash().add(group.value()).hex().substring(0, 8);
    return "%s %s%s".formatted(group.column(), shown, mark);
  }

  /** The setting that leaves a group's rows of those that a filter lets through. */
  static String filter(RowFilter rest, Group group) {
    String condition = rest.and(group.column(), group.value()).condition();
    return FILTER + "=" + SettingText.of(new YamlNode.Scalar(condition, false));
  }
}
