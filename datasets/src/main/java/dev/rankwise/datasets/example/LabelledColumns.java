package dev.rankwise.datasets.example;

import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Which columns hold the text, the label and the key of a row.
 *
 * @param text name of the column with the text
 * @param label name of the column with the label
 * @param key name of the column with the row's stable id; empty where a row's id is the hash of its
 *     text and label
 */
public record LabelledColumns(String text, String label, String key) implements Serializable {
  public LabelledColumns {
    if (text.isEmpty() || label.isEmpty()) {
      throw new UserInputException(
          "Invalid columns: text \""
              + text
              + "\", label \""
              + label
              + "\" (both must be named); set data.text-column and data.label-column");
    }
    List<String> named = new ArrayList<>(List.of(text, label));
    if (!key.isEmpty()) {
      named.add(key);
    }
    if (new LinkedHashSet<>(named).size() < named.size()) {
      throw new UserInputException(
          "Invalid columns: text \""
              + text
              + "\", label \""
              + label
              + "\", key \""
              + key
              + "\" (must be different columns); name each one's own");
    }
  }

  /** Columns of rows without a key: a row's id is the hash of its text and label. */
  public static LabelledColumns of(String text, String label) {
    return new LabelledColumns(text, label, "");
  }

  /** These columns, with the row's id in {@code column}. */
  public LabelledColumns keyedBy(String column) {
    return new LabelledColumns(text, label, column);
  }

  /** Whether a column holds the row's id. */
  public boolean isKeyed() {
    return !key.isEmpty();
  }

  /** The columns to read: text, label and, where there is one, the key. */
  public List<String> names() {
    return isKeyed() ? List.of(text, label, key) : List.of(text, label);
  }
}
