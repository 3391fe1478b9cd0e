package dev.rankwise.models.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.rankwise.models.failure.UserInputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Writes safetensors files: the same tensors give the same bytes, and the file appears whole.
 *
 * <p>Tensors lie in the order of their element size, largest first, then of their names, so that
 * every tensor is aligned to its element; the header is padded with spaces to a multiple of 8.
 */
public final class SafetensorsWriter {
  private static final Comparator<Outline> ORDER =
      Comparator.comparing((Outline tensor) -> -tensor.type().bytes()).thenComparing(Outline::name);

  /**
   * A tensor that is written, before its bytes are there.
   *
   * @param name its key in the file
   * @param type type of its elements
   * @param shape its dimensions
   */
  public record Outline(String name, ElementType type, List<Long> shape) {

    public Outline {
      shape = List.copyOf(shape);
    }

    /** How many bytes its elements take. */
    public long bytes() {
      return TensorSpec.byteSize(type, shape);
    }
  }

  private SafetensorsWriter() {}

  /**
   * Writes {@code file}, replacing what was there.
   *
   * @param metadata free text of the header; PEFT and transformers ask for {@code format: pt}
   */
  public static void write(
      Path file, Map<String, String> metadata, Collection<StoredTensor> tensors) {
    List<Outline> outlines = new ArrayList<>();
    Map<String, ByteBuffer> bytes = new TreeMap<>();
    for (StoredTensor tensor : tensors) {
      outlines.add(new Outline(tensor.name(), tensor.type(), tensor.shape()));
      bytes.put(tensor.name(), tensor.bytes());
    }
    write(file, metadata, outlines, bytes::get);
  }

  /**
   * Writes {@code file} one tensor after the other, so that only one need be in memory.
   *
   * @param metadata free text of the header
   * @param outlines the tensors, in any order
   * @param bytes gives the elements of a tensor, row-major and little-endian, when they are written
   */
  public static void write(
      Path file,
      Map<String, String> metadata,
      Collection<Outline> outlines,
      Function<String, ByteBuffer> bytes) {
    List<Outline> ordered = outlines.stream().sorted(ORDER).toList();
    refuseClashes(file, ordered);
    byte[] header = header(metadata, ordered);
    ByteBuffer prefix =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length);
    AtomicFile.write(
        file,
        channel -> {
          AtomicFile.writeFully(channel, prefix);
          AtomicFile.writeFully(channel, ByteBuffer.wrap(header));
          for (Outline outline : ordered) {
            ByteBuffer elements = bytes.apply(outline.name());
            // The record checks that there are as many bytes as the header says.
            StoredTensor tensor =
                new StoredTensor(outline.name(), outline.type(), outline.shape(), elements);
            AtomicFile.writeFully(channel, tensor.bytes());
          }
        });
  }

  private static void refuseClashes(Path file, List<Outline> tensors) {
    Set<String> seen = new TreeSet<>();
    for (Outline tensor : tensors) {
      String name = tensor.name();
      if (name.isEmpty() || name.equals(SafetensorsHeader.METADATA) || !seen.add(name)) {
        throw new UserInputException(
            "Cannot write %s: tensor name \"%s\" is empty, reserved or used twice; rename it"
                .formatted(file, name));
      }
    }
  }

  private static byte[] header(Map<String, String> metadata, List<Outline> tensors) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(SafetensorsHeader.METADATA);
        for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long offset = 0;
      for (Outline tensor : tensors) {
        long end = offset + tensor.bytes();
        json.writeObjectFieldStart(tensor.name());
        json.writeStringField("dtype", tensor.type().name());
        writeNumbers(json, "shape", tensor.shape());
        writeNumbers(json, "data_offsets", List.of(offset, end));
        json.writeEndObject();
        offset = end;
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("Writing to memory does not fail", e);
    }
    while (bytes.size() % Long.BYTES != 0) {
      bytes.write(' ');
    }
    return bytes.toByteArray();
  }

  private static void writeNumbers(JsonGenerator json, String field, List<Long> numbers)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (long number : numbers) {
      json.writeNumber(number);
    }
    json.writeEndArray();
  }
}
