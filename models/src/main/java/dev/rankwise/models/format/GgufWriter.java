package dev.rankwise.models.format;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes GGUF files, version 3, of tensors of 32-bit floats: the same content gives the same bytes,
 * and the file appears whole.
 *
 * <pre>
 *   "GGUF"  u32 version  u64 tensors  u64 keys
 *   key:    text, u32 kind, value              text: u64 bytes, UTF-8
 *   tensor: text, u32 dimensions, u64 each, the last of ours first, u32 type, u64 offset
 *   zeros up to a multiple of 32, then the elements of each tensor, each from a multiple of 32
 * </pre>
 *
 * <p>Keys and tensors lie in the order of their names, all numbers little-endian. Source: the
 * format's specification in the repository of ggml, docs/gguf.md.
 */
public final class GgufWriter {
  private static final String MAGIC = "GGUF";
  private static final int VERSION = 3;
  private static final int ALIGNMENT = 32;
  private static final int KIND_UINT32 = 4;
  private static final int KIND_FLOAT32 = 6;
  private static final int KIND_TEXT = 8;
  private static final int TYPE_F32 = 0;

  /** A value of the file's keys. */
  public sealed interface Value {
    /** A whole number of 32 bits without a sign. */
    record Whole(int number) implements Value {}

    /** A 32-bit float. */
    record Real(float number) implements Value {}

    /** A text. */
    record Text(String text) implements Value {}
  }

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private GgufWriter() {}

  /**
   * Writes {@code file}, replacing what was there.
   *
   * @param keys what the file says of itself
   * @param tensors of type F32, no two of one name
   */
  public static void write(Path file, Map<String, Value> keys, Collection<StoredTensor> tensors) {
    List<StoredTensor> ordered =
        tensors.stream().sorted(Comparator.comparing(StoredTensor::name)).toList();
    List<Long> offsets = offsets(ordered);
    byte[] header = new GgufWriter().header(keys, ordered, offsets);
    AtomicFile.write(
        file,
        channel -> {
          AtomicFile.writeFully(channel, ByteBuffer.wrap(header));
          for (StoredTensor tensor : ordered) {
            AtomicFile.writeFully(channel, tensor.bytes());
            int rest = (int) (aligned(tensor.bytes().remaining()) - tensor.bytes().remaining());
            AtomicFile.writeFully(channel, ByteBuffer.allocate(rest));
          }
        });
  }

  /** Where each tensor begins, from where the first does. */
  private static List<Long> offsets(List<StoredTensor> tensors) {
    List<Long> offsets = new ArrayList<>();
    long offset = 0;
    for (int i = 0; i < tensors.size(); i++) {
      StoredTensor tensor = tensors.get(i);
      if (tensor.type() != ElementType.F32) {
        throw new IllegalArgumentException("Tensor %s is no F32".formatted(tensor.name()));
      }
      if (i > 0 && tensors.get(i - 1).name().equals(tensor.name())) {
        throw new IllegalArgumentException("Two tensors are named " + tensor.name());
      }
      offsets.add(offset);
      offset += aligned(tensor.bytes().remaining());
    }
    return offsets;
  }

  private static long aligned(long size) {
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private byte[] header(Map<String, Value> keys, List<StoredTensor> tensors, List<Long> offsets) {
    bytes.writeBytes(MAGIC.getBytes(StandardCharsets.US_ASCII));
    whole(VERSION);
    length(tensors.size());
    length(keys.size());
    new TreeMap<>(keys).forEach(this::key);
    for (int i = 0; i < tensors.size(); i++) {
      StoredTensor tensor = tensors.get(i);
      text(tensor.name());
      List<Long> shape = tensor.shape();
      whole(shape.size());
      for (int dimension = shape.size() - 1; dimension >= 0; dimension--) {
        length(shape.get(dimension));
      }
      whole(TYPE_F32);
      length(offsets.get(i));
    }
    bytes.writeBytes(new byte[(int) (aligned(bytes.size()) - bytes.size())]);
    return bytes.toByteArray();
  }

  private void key(String name, Value value) {
    text(name);
    if (value instanceof Value.Whole whole) {
      whole(KIND_UINT32);
      whole(whole.number());
    } else if (value instanceof Value.Real real) {
      whole(KIND_FLOAT32);
      whole(Float.floatToRawIntBits(real.number()));
    } else if (value instanceof Value.Text text) {
      whole(KIND_TEXT);
      text(text.text());
    }
  }

  private void text(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    length(encoded.length);
    bytes.writeBytes(encoded);
  }

  private void whole(int number) {
    bytes.writeBytes(
        ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(0, number)
            .array());
  }

  private void length(long number) {
    bytes.writeBytes(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, number).array());
  }
}
