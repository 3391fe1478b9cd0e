package dev.rankwise.models.format;

import java.util.List;

/**
 * Where one tensor lies in a safetensors file, and what it holds.
 *
 * @param name its key in the header
 * @param type type of its elements
 * @param shape its dimensions; empty for a scalar, and a dimension may be zero
 * @param begin first byte, counted from the start of the data part of its file
 * @param end byte after the last, so that {@code end - begin} is the tensor's size
 */
public record TensorSpec(String name, ElementType type, List<Long> shape, long begin, long end) {

  public TensorSpec {
    shape = List.copyOf(shape);
  }

  /** Number of elements: the product of the dimensions, 1 for a scalar. */
  public long elements() {
    return byteSize() / type.bytes();
  }

  /** Number of bytes. */
  public long byteSize() {
    return end - begin;
  }

  /**
   * Bytes that a tensor takes: {@code type.bytes() · Π shape}.
   *
   * @throws ArithmeticException if the product does not fit into 63 bits
   */
  static long byteSize(ElementType type, List<Long> shape) {
    long elements = 1;
    for (long dimension : shape) {
      elements = Math.multiplyExact(elements, dimension);
    }
    return Math.multiplyExact(elements, (long) type.bytes());
  }
}
