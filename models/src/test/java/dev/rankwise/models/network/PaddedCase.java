package dev.rankwise.models.network;

import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.vision.Picture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The inputs of a golden case, and comparison with its padded outputs at the real tokens. */
public record PaddedCase(TokenBatch batch, int rows, int columns) {

  /** Reads {@code pixel_values} and {@code labels} where the base reads pictures, else tokens. */
  public static PaddedCase of(SafetensorsFile cases, ModelConfig base) {
    return base.images().map(images -> ofPictures(cases, images)).orElseGet(() -> of(cases));
  }

  /** Reads {@code input_ids}, {@code attention_mask}, {@code token_type_ids}, {@code labels}. */
  public static PaddedCase of(SafetensorsFile cases) {
    List<Long> shape = cases.tensors().get("input_ids").shape();
    int rows = Math.toIntExact(shape.get(0));
    boolean types = cases.tensors().containsKey("token_type_ids");
    boolean labelled = cases.tensors().containsKey("labels");
    boolean perToken = labelled && cases.tensors().get("labels").shape().equals(shape);
    TokenBatch batch =
        TokenBatch.ofPadded(
            cases.longs("input_ids"),
            cases.longs("attention_mask"),
            types ? cases.longs("token_type_ids") : new long[0],
            labelled && !perToken ? cases.longs("labels") : new long[0],
            rows);
    if (perToken) {
      batch = batch.withNextTokens(batch.unpadded(cases.longs("labels")));
    }
    return new PaddedCase(batch, rows, Math.toIntExact(shape.get(1)));
  }

  /** Pictures of one size: nothing is padded. */
  private static PaddedCase ofPictures(SafetensorsFile cases, ImageShape images) {
    float[] pixels = cases.floats("pixel_values");
    List<Picture> pictures = new ArrayList<>();
    for (int begin = 0; begin < pixels.length; begin += images.numbers()) {
      float[] own = Arrays.copyOfRange(pixels, begin, begin + images.numbers());
      pictures.add(new Picture(images.channels(), images.side(), images.side(), own));
    }
    boolean labelled = cases.tensors().containsKey("labels");
    int[] labels =
        labelled
            ? Arrays.stream(cases.longs("labels")).mapToInt(Math::toIntExact).toArray()
            : new int[0];
    return new PaddedCase(
        TokenBatch.ofPictures(pictures, images.patch(), labels),
        pictures.size(),
        images.patches() + 1);
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

  /**
   * Largest distance of scores from those of the case: of each sequence, or of each token and then
   * padded in the case.
   */
  public double distanceOfScores(float[][] scores, float[] expected) {
    return distanceOf(flat(scores), likeScores(scores, expected));
  }

  /** Cosine of scores with those of the case. */
  public double cosineOfScores(float[][] scores, float[] expected) {
    return cosineOf(flat(scores), likeScores(scores, expected));
  }

  /** Scores of the case, without those of padding where they are of each token. */
  float[] likeScores(float[][] scores, float[] expected) {
    return expected.length == scores.length * scores[0].length ? expected : unpadded(expected);
  }

  private static float[] flat(float[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(rows[row], 0, flat, row * rows[0].length, rows[0].length);
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
