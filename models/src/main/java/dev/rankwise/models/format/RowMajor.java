package dev.rankwise.models.format;

/** Matrices as one array, row after row. */
public final class RowMajor {
  private RowMajor() {}

  /**
   * The transpose.
   *
   * @param matrix (rows, columns)
   * @return (columns, rows)
   */
  public static float[] transposed(float[] matrix, int rows, int columns) {
    float[] turned = new float[matrix.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        turned[column * rows + row] = matrix[row * columns + column];
      }
    }
    return turned;
  }
}
