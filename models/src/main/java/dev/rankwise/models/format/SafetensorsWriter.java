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
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes safetensors files: the same tensors give the same bytes, and the file appears whole.
 *
 * <p>Tensors lie in the order of their element size, largest first, then of their names, so that
 * every tensor is aligned to its element; the header is padded with spaces to a multiple of 8.
 */
public final class SafetensorsWriter {
  private static final Comparator<StoredTensor> ORDER =
      Comparator.comparing((StoredTensor tensor) -> -tensor.type().bytes())
          .thenComparing(StoredTensor::name);

  private SafetensorsWriter() {}

  /**
   * Writes {@code file}, replacing what was there.
   *
   * @param metadata free text of the header; PEFT and transformers ask for {@code format: pt}
   */
  public static void write(
      Path file, Map<String, String> metadata, Collection<StoredTensor> tensors) {
    List<StoredTensor> ordered = tensors.stream().sorted(ORDER).toList();
    refuseClashes(file, ordered);
    byte[] header = header(metadata, ordered);
    ByteBuffer prefix =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length);
    AtomicFile.write(
        file,
        channel -> {
          AtomicFile.writeFully(channel, prefix);
          AtomicFile.writeFully(channel, ByteBuffer.wrap(header));
          for (StoredTensor tensor : ordered) {
            AtomicFile.writeFully(channel, tensor.bytes());
          }
        });
  }

  private static void refuseClashes(Path file, List<StoredTensor> tensors) {
    Map<String, StoredTensor> seen = new TreeMap<>();
    for (StoredTensor tensor : tensors) {
      String name = tensor.name();
      if (name.isEmpty()
          || name.equals(SafetensorsHeader.METADATA)
          || seen.put(name, tensor) != null) {
        throw new UserInputException(
            "Cannot write %s: tensor name \"%s\" is empty, reserved or used twice; rename it"
                .formatted(file, name));
      }
    }
  }

  private static byte[] header(Map<String, String> metadata, List<StoredTensor> tensors) {
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
      for (StoredTensor tensor : tensors) {
        long end = offset + tensor.bytes().remaining();
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
