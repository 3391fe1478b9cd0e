package dev.rankwise.models.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The JSON header of a safetensors file, read strictly.
 *
 * <p>The tensors must tile the data part: sorted by offset, the first begins at 0, each begins
 * where the one before ends, and the last ends with the file.
 *
 * @param tensors by name
 * @param metadata the free text under {@value #METADATA}
 */
record SafetensorsHeader(SortedMap<String, TensorSpec> tensors, Map<String, String> metadata) {
  static final String METADATA = "__metadata__";
  private static final int MAXIMUM_DIMENSIONS = 64;

  /** Far more than any model has in one file; each takes memory of ours. */
  private static final int MOST_TENSORS = 1 << 16;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  SafetensorsHeader {
    tensors = Collections.unmodifiableSortedMap(new TreeMap<>(tensors));
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /** A rule of the format that the file breaks; the reader adds the file's name. */
  static final class Violation extends Exception {
    private static final long serialVersionUID = 1L;

    Violation(String message) {
      super(message);
    }
  }

  /**
   * Reads a header.
   *
   * @param bytes the header's bytes on the heap, without the length before it
   * @param dataBytes size of the data part that follows
   */
  static SafetensorsHeader parse(ByteBuffer bytes, long dataBytes) throws Violation {
    if (!bytes.hasRemaining() || bytes.get(bytes.position()) != '{') {
      throw new Violation("its header does not start with \"{\", which the format requires");
    }
    // As a stream, so that a large header is never there as text too; strict, as UTF-8 is here.
    Reader text =
        new InputStreamReader(
            new ByteArrayInputStream(
                bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining()),
            StandardCharsets.UTF_8.newDecoder());
    try (JsonParser json = JSON.createParser(text)) {
      SafetensorsHeader header = object(json);
      requireTiling(header.tensors(), dataBytes);
      return header;
    } catch (CharacterCodingException e) {
      throw new Violation("its header is not UTF-8, which the format requires");
    } catch (JsonProcessingException e) {
      throw new Violation("its header is not valid JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new Violation("its header is not valid JSON");
    }
  }

  private static SafetensorsHeader object(JsonParser json) throws IOException, Violation {
    SortedMap<String, TensorSpec> tensors = new TreeMap<>();
    Map<String, String> metadata = Map.of();
    json.nextToken();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new Violation("header entry " + SafetensorsIndex.quote(name) + " must be an object");
      }
      if (name.equals(METADATA)) {
        metadata = metadata(json);
      } else if (name.isEmpty()) {
        throw new Violation("its header holds a tensor without a name");
      } else {
        tensors.put(name, tensor(name, json));
      }
      if (tensors.size() > MOST_TENSORS) {
        throw new Violation(
            "its header names more than %s tensors; spread them over several files"
                .formatted(MOST_TENSORS));
      }
    }
    if (json.nextToken() != null) {
      throw new Violation("its header goes on after the closing \"}\"");
    }
    return new SafetensorsHeader(tensors, metadata);
  }

  private static Map<String, String> metadata(JsonParser json) throws IOException, Violation {
    Map<String, String> metadata = new LinkedHashMap<>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        throw new Violation("metadata entry " + SafetensorsIndex.quote(key) + " must be a text");
      }
      metadata.put(key, json.getText());
    }
    return metadata;
  }

  private static TensorSpec tensor(String name, JsonParser json) throws IOException, Violation {
    ElementType type = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "dtype" -> type = elementType(name, json);
        case "shape" -> shape = numbers(name, field, json);
        case "data_offsets" -> offsets = numbers(name, field, json);
        default ->
            throw new Violation(
                "tensor %s has an unknown field %s"
                    .formatted(SafetensorsIndex.quote(name), SafetensorsIndex.quote(field)));
      }
    }
    if (type == null || shape == null || offsets == null || offsets.size() != 2) {
      throw new Violation(
          "tensor %s must have dtype, shape and two data_offsets"
              .formatted(SafetensorsIndex.quote(name)));
    }
    requireSize(name, type, shape, offsets);
    return new TensorSpec(name, type, shape, offsets.get(0), offsets.get(1));
  }

  private static ElementType elementType(String name, JsonParser json)
      throws IOException, Violation {
    String text = json.currentToken() == JsonToken.VALUE_STRING ? json.getText() : "(not a text)";
    for (ElementType type : ElementType.values()) {
      if (type.name().equals(text)) {
        return type;
      }
    }
    throw new Violation(
        "tensor %s has element type %s, and the types read are %s"
            .formatted(
                SafetensorsIndex.quote(name),
                SafetensorsIndex.quote(text),
                List.of(ElementType.values())));
  }

  private static List<Long> numbers(String name, String field, JsonParser json)
      throws IOException, Violation {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw new Violation(
          "%s of tensor %s must be a list".formatted(field, SafetensorsIndex.quote(name)));
    }
    List<Long> numbers = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
          || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          || json.getLongValue() < 0) {
        throw new Violation(
            "%s of tensor %s holds %s, and only whole numbers from 0 to 2^63-1 are allowed"
                .formatted(
                    field, SafetensorsIndex.quote(name), SafetensorsIndex.quote(json.getText())));
      }
      numbers.add(json.getLongValue());
      if (numbers.size() > MAXIMUM_DIMENSIONS) {
        throw new Violation(
            "%s of tensor %s has more than %s entries"
                .formatted(field, SafetensorsIndex.quote(name), MAXIMUM_DIMENSIONS));
      }
    }
    return numbers;
  }

  private static void requireSize(
      String name, ElementType type, List<Long> shape, List<Long> offsets) throws Violation {
    long expected;
    try {
      expected = TensorSpec.byteSize(type, shape);
    } catch (ArithmeticException e) {
      throw new Violation(
          "shape %s of tensor %s has more bytes than 2^63-1"
              .formatted(shape, SafetensorsIndex.quote(name)));
    }
    long begin = offsets.get(0);
    long end = offsets.get(1);
    if (end < begin || end - begin != expected) {
      throw new Violation(
          "tensor %s of shape %s and type %s takes %s bytes, but its data_offsets are %s"
              .formatted(SafetensorsIndex.quote(name), shape, type, expected, offsets));
    }
  }

  private static void requireTiling(SortedMap<String, TensorSpec> tensors, long dataBytes)
      throws Violation {
    List<TensorSpec> byOffset = new ArrayList<>(tensors.values());
    byOffset.sort(Comparator.comparingLong(TensorSpec::begin).thenComparingLong(TensorSpec::end));
    long reached = 0;
    for (TensorSpec tensor : byOffset) {
      if (tensor.begin() != reached) {
        throw new Violation(
            ("tensor %s begins at byte %s of the data, where %s was due: tensors may "
                    + "neither overlap nor leave a hole")
                .formatted(SafetensorsIndex.quote(tensor.name()), tensor.begin(), reached));
      }
      reached = tensor.end();
    }
    if (reached != dataBytes) {
      throw new Violation(
          ("its tensors end at byte %s of the data, but the file holds %s: it is cut "
                  + "short or has bytes after its end")
              .formatted(reached, dataBytes));
    }
  }
}
