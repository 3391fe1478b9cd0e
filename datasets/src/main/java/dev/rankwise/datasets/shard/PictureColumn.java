package dev.rankwise.datasets.shard;

import dev.rankwise.datasets.pack.SequencePicture;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The pictures of an example or a sequence as a column of Parquet: {@code first}, the token of its
 * first patch, and {@code colours}, red, green and blue of its pixels. Files without pictures have
 * no such column, and are read as if all of its values were null.
 */
final class PictureColumn {
  static final String NAME = "pictures";

  static final DataType TYPE =
      DataTypes.createArrayType(
          new StructType()
              .add("first", DataTypes.IntegerType, false)
              .add("colours", DataTypes.BinaryType, false),
          false);

  private PictureColumn() {}

  static Row[] value(List<SequencePicture> pictures) {
    return pictures.stream()
        .map(picture -> RowFactory.create(picture.first(), picture.colours()))
        .toArray(Row[]::new);
  }

  /** The pictures at a place of a row. */
  static List<SequencePicture> pictures(Row row, int place) {
    if (row.isNullAt(place)) {
      return List.of();
    }
    List<Row> listed = row.getList(place);
    return listed.stream()
        .map(picture -> new SequencePicture(picture.getInt(0), picture.<byte[]>getAs(1)))
        .toList();
  }
}
