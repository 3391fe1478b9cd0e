package dev.rankwise.models.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes protobuf messages for tests. */
final class ProtobufBytes {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  ProtobufBytes varint(int field, long value) {
    return raw((long) field << 3).raw(value);
  }

  ProtobufBytes bytes(int field, byte[] content) {
    raw((long) field << 3 | 2).raw(content.length);
    bytes.writeBytes(content);
    return this;
  }

  ProtobufBytes text(int field, String text) {
    return bytes(field, text.getBytes(UTF_8));
  }

  ProtobufBytes message(int field, ProtobufBytes message) {
    return bytes(field, message.array());
  }

  ProtobufBytes raw(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes.write((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    bytes.write((int) rest);
    return this;
  }

  byte[] array() {
    return bytes.toByteArray();
  }

  ByteBuffer buffer() {
    return ByteBuffer.wrap(array());
  }

  /** A message that describes an ONNX initializer of floats. */
  static ProtobufBytes tensor(String name, float[] values, long... shape) {
    ProtobufBytes tensor = new ProtobufBytes();
    for (long dimension : shape) {
      tensor.varint(1, dimension);
    }
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    return tensor.varint(2, 1).text(8, name).bytes(9, raw.array());
  }

  /** A message that describes an ONNX node. */
  static ProtobufBytes node(String operation, String output, String... inputs) {
    ProtobufBytes node = new ProtobufBytes();
    for (String input : inputs) {
      node.text(1, input);
    }
    return node.text(2, output).text(3, "name of " + output).text(4, operation);
  }
}
