package dev.rankwise.pipeline.estimator;

import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.NearestName;
import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The columns that a classifier reads and adds.
 *
 * @param text the column with the text
 * @param prediction the column to add, with the label
 * @param probability the column to add, with the probability of each class; empty for none
 */
record TextColumns(String text, String prediction, String probability) implements Serializable {
  private static final int MOST_NAMES_SHOWN = 30;

  TextColumns {
    if (prediction.isEmpty() || prediction.equals(probability)) {
      throw new UserInputException(
          ("Invalid columns to add: predictionCol \"%s\", probabilityCol \"%s\" (the prediction"
                  + " needs a name, and they must differ); name each one's own")
              .formatted(prediction, probability));
    }
  }

  /** Whether a column with probabilities is added. */
  boolean hasProbability() {
    return !probability.isEmpty();
  }

  /**
   * The schema with the added columns.
   *
   * @throws DataException if the text column is missing or holds no strings
   * @throws UserInputException if a column to add is there already
   */
  StructType added(StructType schema) {
    requireText(schema, text, "textCol");
    StructType added = add(schema, "predictionCol", prediction, DataTypes.StringType);
    return hasProbability()
        ? add(
            added,
            "probabilityCol",
            probability,
            DataTypes.createArrayType(DataTypes.DoubleType, false))
        : added;
  }

  /** Fails unless a column is there and holds strings. */
  static void requireText(StructType schema, String column, String param) {
    StructField field = schema.fields()[place(schema, column, param)];
    if (!field.dataType().equals(DataTypes.StringType)) {
      throw new DataException(
          "Cannot read column \"%s\": its type is %s (must be string); name another %s or cast it"
              .formatted(column, field.dataType().simpleString(), param));
    }
  }

  /**
   * The place of a column.
   *
   * @param param the parameter that names it
   * @throws DataException if it is missing
   */
  static int place(StructType schema, String column, String param) {
    List<String> names = List.of(schema.fieldNames());
    int place = names.indexOf(column);
    if (place >= 0) {
      return place;
    }
    String shown =
        names.stream()
            .limit(MOST_NAMES_SHOWN)
            .map(name -> "\"" + name + "\"")
            .collect(Collectors.joining(", "));
    throw new DataException(
        "Cannot find column \"%s\" in the DataFrame: its columns are %s%s; %s"
            .formatted(
                column,
                shown.isEmpty() ? "none" : shown,
                names.size() > MOST_NAMES_SHOWN ? " …" : "",
                NearestName.nearest(column, names)
                    .map(name -> "did you mean \"" + name + "\"?")
                    .orElse("set " + param + " to one of them")));
  }

  /**
   * The schema with one column more.
   *
   * @throws UserInputException if it has a column of that name
   */
  static StructType add(StructType schema, String param, String column, DataType type) {
    for (String name : schema.fieldNames()) {
      // Spark tells columns apart without regard to case unless a session says otherwise.
      if (name.equalsIgnoreCase(column)) {
        throw new UserInputException(
            "Cannot add column \"%s\": the DataFrame has \"%s\" already; set %s to another name or"
                    .formatted(column, name, param)
                + " drop that column");
      }
    }
    return schema.add(column, type, true);
  }
}
