package dev.rankwise.pipeline.reduce;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Flat float vectors as they travel between driver and executors: four bytes each, little-endian.
 *
 * <p>Spark's serializers copy a {@code byte[]} as one block, but write a {@code float[]} number by
 * number.
 */
public final class FloatBytes {

  private FloatBytes() {}

  /** The bytes of {@code values}. */
  public static byte[] of(float[] values) {
    byte[] bytes = new byte[Math.multiplyExact(values.length, Float.BYTES)];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return bytes;
  }

  /** The numbers that {@code bytes} hold. */
  public static float[] toFloats(byte[] bytes) {
    float[] values = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }
}
