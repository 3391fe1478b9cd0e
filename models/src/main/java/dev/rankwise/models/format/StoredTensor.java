package dev.rankwise.models.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A tensor with its bytes, ready to be written.
 *
 * <p>The bytes are a view, not a copy, since a weight may be a gigabyte: whoever makes a tensor
 * does not change the buffer afterwards.
 *
 * @param name its key in the file
 * @param type type of its elements
 * @param shape its dimensions
 * @param bytes its elements in row-major order, little-endian; exactly {@code type.bytes() · Π
 *     shape}
 */
public record StoredTensor(String name, ElementType type, List<Long> shape, ByteBuffer bytes) {

  public StoredTensor {
    shape = List.copyOf(shape);
    if (shape.stream().anyMatch(dimension -> dimension < 0)) {
      throw new IllegalArgumentException("Tensor " + name + " has a negative dimension: " + shape);
    }
    long expected = TensorSpec.byteSize(type, shape);
    if (bytes.remaining() != expected) {
      throw new IllegalArgumentException(
          "Tensor %s of shape %s and type %s takes %s bytes, not %s"
              .formatted(name, shape, type, expected, bytes.remaining()));
    }
    bytes = bytes.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A tensor of 32-bit floats. */
  public static StoredTensor ofFloats(String name, List<Long> shape, float[] values) {
    ByteBuffer bytes = littleEndian(values.length, Float.BYTES);
    bytes.asFloatBuffer().put(values);
    return new StoredTensor(name, ElementType.F32, shape, bytes);
  }

  /**
   * A tensor of floats of any width, each rounded to the nearest.
   *
   * @param type F32, F16 or BF16
   */
  public static StoredTensor ofFloats(
      String name, ElementType type, List<Long> shape, float[] values) {
    FloatElements elements = FloatElements.allocate(type, values.length);
    elements.write(0, values, 0, values.length);
    return new StoredTensor(name, type, shape, elements.bytes());
  }

  /** A tensor of 64-bit integers. */
  public static StoredTensor ofLongs(String name, List<Long> shape, long[] values) {
    ByteBuffer bytes = littleEndian(values.length, Long.BYTES);
    bytes.asLongBuffer().put(values);
    return new StoredTensor(name, ElementType.I64, shape, bytes);
  }

  /** The elements, from position 0: a view of its own for each caller, read-only. */
  @Override
  public ByteBuffer bytes() {
    return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The elements of a tensor of type F32, F16 or BF16 as floats. */
  public float[] floats() {
    return elements().floats();
  }

  /**
   * The elements of a tensor of type F32, F16 or BF16, as floats by stretches.
   *
   * @throws IllegalArgumentException if it has another type
   */
  public FloatElements elements() {
    if (!FloatElements.types().contains(type)) {
      throw new IllegalArgumentException("Tensor " + name + " has type " + type);
    }
    return new FloatElements(type, bytes());
  }

  private static ByteBuffer littleEndian(int elements, int size) {
    return ByteBuffer.allocate(Math.multiplyExact(elements, size)).order(ByteOrder.LITTLE_ENDIAN);
  }
}
