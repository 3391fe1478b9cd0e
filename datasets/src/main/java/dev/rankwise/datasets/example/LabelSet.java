package dev.rankwise.datasets.example;

import dev.rankwise.models.failure.DataException;
import java.io.Serializable;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The classes of a task. A label's index is the class number that a model predicts.
 *
 * @param labels distinct labels in class order, at least two
 */
public record LabelSet(List<String> labels) implements Serializable {
  /** More classes than this point to a wrong label column. */
  public static final int MAXIMUM_LABELS = 10_000;

  private static final int LEAST_LABELS = 2;

  public LabelSet {
    labels = List.copyOf(labels);
    int distinct = new TreeSet<>(labels).size();
    if (distinct < LEAST_LABELS) {
      throw new DataException(
          "Cannot learn classes from rows with "
              + (distinct == 0 ? "no label" : "one label only")
              + " (at least "
              + LEAST_LABELS
              + " labels are needed among the training rows); check the label column and how rows"
              + " are split");
    }
    if (distinct < labels.size()) {
      throw new DataException(
          "Invalid label set: "
              + labels.size()
              + " labels, of which "
              + distinct
              + " are different (each must stand once); remove the repetitions");
    }
    if (distinct > MAXIMUM_LABELS) {
      throw tooMany();
    }
  }

  /**
   * The set of the labels that occur, sorted by UTF-16 code unit: the same for the same rows in
   * whatever order they come.
   */
  public static LabelSet sorted(Collection<String> occurring) {
    return new LabelSet(List.copyOf(new TreeSet<>(occurring)));
  }

  /** The failure for a label column that holds too many different values. */
  public static DataException tooMany() {
    return new DataException(
        "Cannot learn more than "
            + MAXIMUM_LABELS
            + " classes: the label column holds more different values; check that it is the label"
            + " and not the text or the key");
  }

  /** Class numbers by label, in class order. */
  public Map<String, Integer> indexes() {
    Map<String, Integer> indexes = new LinkedHashMap<>();
    for (String label : labels) {
      indexes.put(label, indexes.size());
    }
    return Collections.unmodifiableMap(indexes);
  }

  /** Number of classes. */
  public int size() {
    return labels.size();
  }
}
