package dev.rankwise.datasets.example;

import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Which columns hold what a form of rows is made of.
 *
 * @param form the form
 * @param columns column by the form's own name for it; a name that is missing is its own column
 * @param key name of the column with the row's stable id; empty where a row's id is the hash of its
 *     conversation
 * @param image name of the column with the row's pictures; empty where rows have none
 */
public record TurnColumns(RowForm form, Map<String, String> columns, String key, String image)
    implements Serializable {
  public TurnColumns {
    List<String> names = Stream.concat(form.needed().stream(), form.optional().stream()).toList();
    for (String name : columns.keySet()) {
      if (!names.contains(name)) {
        throw new UserInputException(
            ("Invalid data.columns: rows of the form \"%s\" have no \"%s\" (must be among %s); name"
                    + " a column of the table for one of these")
                .formatted(form.label(), name, String.join(", ", names)));
      }
    }
    Map<String, String> all = new LinkedHashMap<>();
    for (String name : names) {
      all.put(name, columns.getOrDefault(name, name));
    }
    List<String> read = new ArrayList<>(all.values());
    for (String further : List.of(key, image)) {
      if (!further.isEmpty()) {
        read.add(further);
      }
    }
    if (new LinkedHashSet<>(read).size() < read.size()) {
      throw new UserInputException(
          "Invalid data.columns: two of the columns %s are the same; name each one's own"
              .formatted(String.join(", ", read)));
    }
    columns = Collections.unmodifiableMap(all);
  }

  /** The columns of rows without pictures. */
  public TurnColumns(RowForm form, Map<String, String> columns, String key) {
    this(form, columns, key, "");
  }

  /** These columns, with the row's pictures in {@code column}. */
  public TurnColumns picturedBy(String column) {
    return new TurnColumns(form, columns, key, column);
  }

  /**
   * The columns to read: the form's needed ones, the key and the pictures if there are such, the
   * optional ones.
   */
  public AskedColumns asked() {
    List<String> needed = new ArrayList<>(form.needed().stream().map(columns::get).toList());
    if (isKeyed()) {
      needed.add(key);
    }
    if (isPictured()) {
      needed.add(image);
    }
    List<String> optional = form.optional().stream().map(columns::get).toList();
    return new AskedColumns(needed, optional, AskedColumns.Nested.AS_JSON);
  }

  /** Whether a column holds the row's id. */
  public boolean isKeyed() {
    return !key.isEmpty();
  }

  /** Whether a column holds pictures. */
  public boolean isPictured() {
    return !image.isEmpty();
  }

  /** Place of the pictures among {@link #asked}. */
  int picturePlace() {
    return keyPlace() + (isKeyed() ? 1 : 0);
  }

  /** Place of the key among {@link #asked}. */
  int keyPlace() {
    return form.needed().size();
  }

  /** The form's names in the order of {@link #asked}; null at the places of key and pictures. */
  List<String> namesInOrder() {
    List<String> names = new ArrayList<>(form.needed());
    if (isKeyed()) {
      names.add(null);
    }
    if (isPictured()) {
      names.add(null);
    }
    names.addAll(form.optional());
    return names;
  }
}
