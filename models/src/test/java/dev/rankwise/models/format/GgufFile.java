package dev.rankwise.models.format;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A GGUF file as it lies on disk, read by the letter of the format.
 *
 * @param keys value by key, in the order of the file
 * @param shapes dimensions by tensor, the fastest first, in the order of the file
 * @param values elements by tensor
 */
public record GgufFile(
    Map<String, Object> keys, Map<String, List<Long>> shapes, Map<String, float[]> values) {
  private static final int ALIGNMENT = 32;

  /** Reads a file of 32-bit floats. */
  public static GgufFile read(Path file) {
    ByteBuffer bytes;
    try {
      bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    require(bytes.getInt() == 0x46554747, "the magic number");
    require(bytes.getInt() == 3, "version 3");
    long tensors = bytes.getLong();
    long count = bytes.getLong();
    Map<String, Object> keys = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      String key = text(bytes);
      int kind = bytes.getInt();
      Object value =
          switch (kind) {
            case 4 -> bytes.getInt();
            case 6 -> bytes.getFloat();
            case 8 -> text(bytes);
            default -> throw new IllegalStateException("Kind " + kind);
          };
      require(keys.put(key, value) == null, "each key once");
    }
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    Map<String, Long> offsets = new LinkedHashMap<>();
    for (long i = 0; i < tensors; i++) {
      String name = text(bytes);
      Long[] shape = new Long[bytes.getInt()];
      for (int dimension = 0; dimension < shape.length; dimension++) {
        shape[dimension] = bytes.getLong();
      }
      require(shapes.put(name, List.of(shape)) == null, "each tensor once");
      require(bytes.getInt() == 0, "type F32");
      offsets.put(name, bytes.getLong());
    }
    int data = (bytes.position() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    Map<String, float[]> values = new LinkedHashMap<>();
    long end = 0;
    for (Map.Entry<String, Long> offset : offsets.entrySet()) {
      require(offset.getValue() == end, "tensors one after the other, aligned");
      long size = shapes.get(offset.getKey()).stream().reduce(1L, Math::multiplyExact);
      float[] elements = new float[(int) size];
      bytes.position((int) (data + end));
      bytes.asFloatBuffer().get(elements);
      values.put(offset.getKey(), elements);
      end += (size * Float.BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    require(bytes.capacity() == data + end, "nothing behind the last tensor");
    return new GgufFile(
        Collections.unmodifiableMap(keys), Collections.unmodifiableMap(shapes), values);
  }

  private static String text(ByteBuffer bytes) {
    byte[] encoded = new byte[Math.toIntExact(bytes.getLong())];
    bytes.get(encoded);
    return new String(encoded, StandardCharsets.UTF_8);
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalStateException("The file breaks a rule: " + rule);
    }
  }
}
