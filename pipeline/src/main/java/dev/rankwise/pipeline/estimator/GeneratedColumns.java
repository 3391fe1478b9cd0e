package dev.rankwise.pipeline.estimator;

import dev.rankwise.models.failure.UserInputException;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The columns that a generator reads and adds.
 *
 * @param prompt the column with the prompt
 * @param generated the column to add, with what follows
 * @param finish the column to add, with why it ended; empty for none
 */
record GeneratedColumns(String prompt, String generated, String finish) {

  GeneratedColumns {
    if (generated.isEmpty() || generated.equals(finish)) {
      throw new UserInputException(
          ("Invalid columns to add: generatedCol \"%s\", finishCol \"%s\" (what is generated needs a"
                  + " name, and they must differ); name each one's own")
              .formatted(generated, finish));
    }
  }

  /**
   * The schema with the added columns.
   *
   * @throws dev.rankwise.models.failure.DataException if the prompt's column is missing or holds no
   *     strings
   * @throws UserInputException if a column to add is there already
   */
  StructType added(StructType schema) {
    TextColumns.requireText(schema, prompt, "promptCol");
    StructType added = TextColumns.add(schema, "generatedCol", generated, DataTypes.StringType);
    return finish.isEmpty()
        ? added
        : TextColumns.add(added, "finishCol", finish, DataTypes.StringType);
  }
}
