package dev.rankwise.pipeline.estimator;

import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.NearestName;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What the columns of a table must be for a stage to read and add its own. Remedies name what the
 * caller can set: a parameter of a stage, or an option of a command.
 */
public final class FrameColumns {
  private static final int MOST_NAMES_SHOWN = 30;

  private FrameColumns() {}

  /**
   * Fails unless a column is there and holds strings.
   *
   * @param setting the parameter or option that names it, for the remedy
   * @throws DataException if it is missing or holds something else
   */
  public static void requireText(StructType schema, String column, String setting) {
    StructField field = schema.fields()[place(schema, column, setting)];
    if (!field.dataType().equals(DataTypes.StringType)) {
      throw new DataException(
          "Cannot read column \"%s\": its type is %s (must be string); name another %s or cast it"
              .formatted(column, field.dataType().simpleString(), setting));
    }
  }

  /**
   * The place of a column.
   *
   * @param setting the parameter or option that names it, for the remedy
   * @throws DataException if it is missing
   */
  public static int place(StructType schema, String column, String setting) {
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
        "Cannot find column \"%s\" in the table: its columns are %s%s; %s"
            .formatted(
                column,
                shown.isEmpty() ? "none" : shown,
                names.size() > MOST_NAMES_SHOWN ? " …" : "",
                NearestName.nearest(column, names)
                    .map(name -> "did you mean \"" + name + "\"?")
                    .orElse("set " + setting + " to one of them")));
  }

  /**
   * The schema with one column more, which may be null.
   *
   * @param setting the parameter or option that names it, for the remedy
   * @throws UserInputException if it has a column of that name
   */
  public static StructType add(StructType schema, String setting, String column, DataType type) {
    for (String name : schema.fieldNames()) {
      // Spark tells columns apart without regard to case unless a session says otherwise.
      if (name.equalsIgnoreCase(column)) {
        throw new UserInputException(
            "Cannot add column \"%s\": the table has \"%s\" already; set %s to another name or"
                    .formatted(column, name, setting)
                + " drop that column");
      }
    }
    return schema.add(column, type, true);
  }
}
