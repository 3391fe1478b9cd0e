package dev.rankwise.models.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Set;

/**
 * The elements of a tensor of type F32, F16 or BF16, read and written as floats by stretches, so
 * that no second copy of a large tensor is ever held. Reading is exact; writing rounds to the
 * nearest, ties to even.
 */
public final class FloatElements {
  private final ElementType type;
  private final ByteBuffer bytes;
  private final FloatBuffer wide;
  private final ShortBuffer narrow;

  /**
   * Elements in a buffer, which stays the caller's.
   *
   * @param type F32, F16 or BF16
   * @param bytes the elements from its position to its limit, little-endian
   */
  public FloatElements(ElementType type, ByteBuffer bytes) {
    if (!types().contains(type)) {
      throw new IllegalArgumentException("No type of floats: " + type);
    }
    this.type = type;
    this.bytes = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    this.wide = this.bytes.asFloatBuffer();
    this.narrow = this.bytes.asShortBuffer();
  }

  /** So many elements in memory of their own, all zero. */
  public static FloatElements allocate(ElementType type, int size) {
    return new FloatElements(type, ByteBuffer.allocate(Math.multiplyExact(size, type.bytes())));
  }

  /** The types of floats. */
  public static Set<ElementType> types() {
    return NarrowFloat.FLOATS;
  }

  /** How many there are. */
  public int size() {
    return bytes.limit() / type.bytes();
  }

  /** The elements as they are stored: a view, little-endian. */
  public ByteBuffer bytes() {
    return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads elements {@code first} to {@code first + count} into {@code into}, from {@code begin}.
   */
  public void read(int first, float[] into, int begin, int count) {
    if (type == ElementType.F32) {
      wide.get(first, into, begin, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      short bits = narrow.get(first + i);
      into[begin + i] =
          type == ElementType.F16 ? NarrowFloat.fromHalf(bits) : NarrowFloat.fromBfloat16(bits);
    }
  }

  /**
   * Writes {@code count} floats of {@code from}, from {@code begin}, as elements from {@code
   * first}.
   */
  public void write(int first, float[] from, int begin, int count) {
    if (type == ElementType.F32) {
      wide.put(first, from, begin, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      float value = from[begin + i];
      narrow.put(
          first + i,
          type == ElementType.F16 ? NarrowFloat.toHalf(value) : NarrowFloat.toBfloat16(value));
    }
  }

  /** All of them. */
  public float[] floats() {
    float[] values = new float[size()];
    read(0, values, 0, values.length);
    return values;
  }
}
