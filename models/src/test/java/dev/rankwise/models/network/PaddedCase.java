package dev.rankwise.models.network;

import dev.rankwise.models.format.SafetensorsFile;
import java.util.List;

/** The inputs of a golden case, and comparison with its padded outputs at the real tokens. */
public record PaddedCase(TokenBatch batch, int rows, int columns) {

  /** Reads {@code input_ids}, {@code attention_mask}, {@code token_type_ids}, {@code labels}. */
  public static PaddedCase of(SafetensorsFile cases) {
    List<Long> shape = cases.tensors().get("input_ids").shape();
    int rows = Math.toIntExact(shape.get(0));
    boolean types = cases.tensors().containsKey("token_type_ids");
    TokenBatch batch =
        TokenBatch.ofPadded(
            cases.longs("input_ids"),
            cases.longs("attention_mask"),
            types ? cases.longs("token_type_ids") : new long[0],
            cases.tensors().containsKey("labels") ? cases.longs("labels") : new long[0],
            rows);
    return new PaddedCase(batch, rows, Math.toIntExact(shape.get(1)));
  }

  /** The values of the real tokens of a padded (rows, columns, width) array, laid end to end. */
  public float[] unpadded(float[] padded) {
    int width = padded.length / (rows * columns);
    float[] flat = new float[batch.tokens() * width];
    for (int row = 0; row < rows; row++) {
      int begin = batch.offsets()[row];
      int size = (batch.offsets()[row + 1] - begin) * width;
      System.arraycopy(padded, row * columns * width, flat, begin * width, size);
    }
    return flat;
  }

  /** Largest distance of values laid end to end from a padded array. */
  public double distance(float[] flat, float[] padded) {
    return distanceOf(flat, unpadded(padded));
  }

  /** Cosine between values laid end to end and a padded array. */
  public double cosine(float[] flat, float[] padded) {
    return cosineOf(flat, unpadded(padded));
  }

  /** Largest distance of two arrays; infinite where one is not a number. */
  public static double distanceOf(float[] a, float[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException(a.length + " values against " + b.length);
    }
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      double distance = Math.abs((double) a[i] - b[i]);
      largest = Double.isNaN(distance) ? Double.POSITIVE_INFINITY : Math.max(largest, distance);
    }
    return largest;
  }

  /** Cosine of two arrays taken as vectors. */
  public static double cosineOf(float[] a, float[] b) {
    double product = 0;
    double squareA = 0;
    double squareB = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      squareA += (double) a[i] * a[i];
      squareB += (double) b[i] * b[i];
    }
    return product / Math.sqrt(squareA * squareB);
  }
}
