package dev.rankwise.pipeline.estimator;

import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The columns that a classifier reads and adds.
 *
 * @param text the column with the text, where it classifies texts
 * @param image the column with the picture, where it classifies pictures; else empty
 * @param prediction the column to add, with the label
 * @param probability the column to add, with the probability of each class; empty for none
 * @param reason the column to add, with the reason where there is no label; empty for none
 */
record ClassifiedColumns(
    String text, String image, String prediction, String probability, String reason)
    implements Serializable {
  ClassifiedColumns {
    List<String> added = List.of(prediction, probability, reason);
    List<String> named = added.stream().filter(name -> !name.isEmpty()).toList();
    if (prediction.isEmpty() || named.stream().distinct().count() < named.size()) {
      throw new UserInputException(
          ("Invalid columns to add: predictionCol \"%s\", probabilityCol \"%s\", reasonCol \"%s\" (the"
                  + " prediction needs a name, and they must differ); name each one's own")
              .formatted(prediction, probability, reason));
    }
  }

  /** Whether pictures are classified. */
  boolean hasImage() {
    return !image.isEmpty();
  }

  /** Whether a column with probabilities is added. */
  boolean hasProbability() {
    return !probability.isEmpty();
  }

  /** Whether a column with reasons is added. */
  boolean hasReason() {
    return !reason.isEmpty();
  }

  /** How many columns are added. */
  int adds() {
    return 1 + (hasProbability() ? 1 : 0) + (hasReason() ? 1 : 0);
  }

  /**
   * The frame with pictures as bytes in a column of their own, the last; itself where texts are
   * classified.
   */
  Dataset<Row> read(Dataset<Row> frame) {
    return hasImage() ? PictureParams.read(frame, image) : frame;
  }

  /** Adds what the model says to the rows of such a frame. */
  RowAddition addition(RowAddition.Answers answers, StructType schema, int windowRows) {
    return hasImage()
        ? new RowAddition(
            answers,
            RowAddition.NONE,
            FrameColumns.place(schema, PictureParams.COLUMN, "imageCol"),
            RowAddition.NONE,
            windowRows)
        : new RowAddition(
            answers,
            FrameColumns.place(schema, text, "textCol"),
            RowAddition.NONE,
            RowAddition.NONE,
            windowRows);
  }

  /**
   * The schema with the added columns.
   *
   * @throws dev.rankwise.models.failure.DataException if the column that is read is missing, or
   *     holds no strings where texts are read
   * @throws UserInputException if a column to add is there already
   */
  StructType added(StructType schema) {
    if (hasImage()) {
      FrameColumns.place(schema, image, "imageCol");
    } else {
      FrameColumns.requireText(schema, text, "textCol");
    }
    return appended(schema);
  }

  /** The same of any schema. */
  StructType appended(StructType schema) {
    StructType added = FrameColumns.add(schema, "predictionCol", prediction, DataTypes.StringType);
    if (hasProbability()) {
      added =
          FrameColumns.add(
              added,
              "probabilityCol",
              probability,
              DataTypes.createArrayType(DataTypes.DoubleType, false));
    }
    return hasReason() ? FrameColumns.add(added, "reasonCol", reason, DataTypes.StringType) : added;
  }
}
