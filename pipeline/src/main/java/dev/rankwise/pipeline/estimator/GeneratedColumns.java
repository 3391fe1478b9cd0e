package dev.rankwise.pipeline.estimator;

import dev.rankwise.models.failure.UserInputException;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The columns that a generator reads and adds.
 *
 * @param prompt the column with the prompt, where rows have no form
 * @param rows how prompts are read from rows of a form; empty for a column of texts
 * @param generated the column to add, with what follows
 * @param finish the column to add, with why it ended; empty for none
 * @param image the column with the pictures; empty for none
 * @param task the column with the tasks; empty for none
 */
record GeneratedColumns(
    String prompt,
    Optional<RowPrompts> rows,
    String generated,
    String finish,
    String image,
    String task) {
  GeneratedColumns {
    if (generated.isEmpty() || generated.equals(finish)) {
      throw new UserInputException(
          ("Invalid columns to add: generatedCol \"%s\", finishCol \"%s\" (what is generated needs a"
                  + " name, and they must differ); name each one's own")
              .formatted(generated, finish));
    }
  }

  /**
   * Fails unless the prompts' columns are there.
   *
   * @throws dev.rankwise.models.failure.DataException if one is missing or holds something else
   */
  void requireReadable(StructType schema) {
    rows.ifPresentOrElse(
        it -> it.requireReadable(schema),
        () -> FrameColumns.requireText(schema, prompt, "promptCol"));
    if (!image.isEmpty()) {
      FrameColumns.place(schema, image, "imageCol");
    }
    if (!task.isEmpty()) {
      FrameColumns.requireText(schema, task, "taskCol");
    }
  }

  /** The frame with each row's prompt in one column. */
  Dataset<Row> read(Dataset<Row> frame) {
    Dataset<Row> prompted = rows.map(it -> it.read(frame)).orElse(frame);
    return image.isEmpty() ? prompted : PictureParams.read(prompted, image);
  }

  /** The place of the pictures' column. */
  int imagePlace(StructType schema) {
    return image.isEmpty()
        ? RowAddition.NONE
        : FrameColumns.place(schema, PictureParams.COLUMN, "imageCol");
  }

  /** The place of the tasks' column. */
  int taskPlace(StructType schema) {
    return task.isEmpty() ? RowAddition.NONE : FrameColumns.place(schema, task, "taskCol");
  }

  /** The place of that column. */
  int place(StructType schema) {
    return FrameColumns.place(schema, rows.isPresent() ? RowPrompts.COLUMN : prompt, "promptCol");
  }

  /**
   * The schema with the added columns.
   *
   * @throws UserInputException if a column to add is there already
   */
  StructType appended(StructType schema) {
    StructType added = FrameColumns.add(schema, "generatedCol", generated, DataTypes.StringType);
    return finish.isEmpty()
        ? added
        : FrameColumns.add(added, "finishCol", finish, DataTypes.StringType);
  }
}
