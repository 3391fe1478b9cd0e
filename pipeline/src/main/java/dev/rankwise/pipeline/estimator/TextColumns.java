package dev.rankwise.pipeline.estimator;

import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The columns that a classifier reads and adds.
 *
 * @param text the column with the text
 * @param prediction the column to add, with the label
 * @param probability the column to add, with the probability of each class; empty for none
 */
record TextColumns(String text, String prediction, String probability) implements Serializable {
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
   * @throws dev.rankwise.models.failure.DataException if the text column is missing or holds no
   *     strings
   * @throws UserInputException if a column to add is there already
   */
  StructType added(StructType schema) {
    FrameColumns.requireText(schema, text, "textCol");
    StructType added = FrameColumns.add(schema, "predictionCol", prediction, DataTypes.StringType);
    return hasProbability()
        ? FrameColumns.add(
            added,
            "probabilityCol",
            probability,
            DataTypes.createArrayType(DataTypes.DoubleType, false))
        : added;
  }
}
