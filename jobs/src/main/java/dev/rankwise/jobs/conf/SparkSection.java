package dev.rankwise.jobs.conf;

import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Settings of Spark's own. Driver only.
 *
 * @param settings values by full name, {@code spark.} included; secrets among them are not hidden
 */
public record SparkSection(SortedMap<String, String> settings) {
  public SparkSection {
    settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
  }

  /**
   * The settings of a command line without a recipe.
   *
   * @param sets in the form {@code spark.key=value}
   * @throws UserInputException with all that are none of Spark's
   */
  public static SparkSection of(List<String> sets) {
    SortedMap<String, String> settings = new TreeMap<>();
    List<String> wrong = new ArrayList<>();
    for (String set : sets) {
      int equals = set.indexOf('=');
      String key = equals < 0 ? set : set.substring(0, equals).strip();
      if (equals < 0 || !KeyNames.isSpark(key)) {
        wrong.add(Redaction.shown(key));
      } else {
        settings.put(KeyNames.sparkName(key), set.substring(equals + 1).strip());
      }
    }
    if (!wrong.isEmpty()) {
      throw new UserInputException(
          ("Invalid --set %s: without a recipe only settings of Spark can be set, such as"
                  + " spark.master=local[2]; name the recipe, or leave it out")
              .formatted(String.join(", ", wrong)));
    }
    return new SparkSection(settings);
  }

  @Override
  public String toString() {
    return "SparkSection" + settings.keySet();
  }
}
