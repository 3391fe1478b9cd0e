package dev.rankwise.pipeline.estimator;

import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.picture.PictureFolder;
import dev.rankwise.datasets.source.FrameRows;
import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The parameters that say where the pictures of rows lie, and how they become square. */
final class PictureParams implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The column that {@link #read} adds: what a row has in its column of pictures, as bytes. */
  static final String COLUMN = "__rankwise_pictures__";

  final Param<String> imageCol;
  final Param<String> imageFolder;
  final Param<String> imageFit;

  private final ReplicaParams common;

  /**
   * The parameters of a stage.
   *
   * @param column what the column of pictures is, for the parameter's own document
   */
  PictureParams(ReplicaParams common, String column) {
    this.common = common;
    Params stage = common.stage();
    imageCol = new Param<>(stage, "imageCol", column);
    imageFolder =
        new Param<>(
            stage,
            "imageFolder",
            "folder in which the pictures lie that rows name by paths; empty for the default file"
                + " system");
    imageFit =
        new Param<>(
            stage, "imageFit", "how a picture becomes square: padded with black, or stretched");
  }

  /**
   * Sets what holds where the user says nothing.
   *
   * @param usual how a picture becomes square
   */
  void setDefaults(Squaring usual) {
    Params stage = common.stage();
    stage.setDefault(imageCol, "");
    stage.setDefault(imageFolder, "");
    stage.setDefault(imageFit, ReplicaParams.word(usual));
  }

  /** The column with the pictures; empty for none. */
  String column() {
    return common.text(imageCol);
  }

  /** Where the files lie that rows name. */
  PictureFolder folder() {
    return new PictureFolder(common.text(imageFolder));
  }

  /** How a picture becomes square. */
  Squaring squaring() {
    String asked = common.text(imageFit);
    return ReplicaParams.constant(Squaring.class, asked)
        .orElseThrow(
            () ->
                new UserInputException(
                    "Invalid imageFit: \"%s\" (must be stretched or padded)".formatted(asked)));
  }

  /**
   * A frame with what each row has in a column of pictures in {@value #COLUMN}.
   *
   * @throws dev.rankwise.models.failure.DataException if the column holds what is no picture
   */
  static Dataset<Row> read(Dataset<Row> frame, String column) {
    return frame.withColumn(COLUMN, FrameRows.bytes(frame, column, "the table"));
  }
}
