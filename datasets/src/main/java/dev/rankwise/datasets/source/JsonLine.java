package dev.rankwise.datasets.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rankwise.models.failure.DataException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;

/**
 * Reads one line of a JSON Lines file.
 *
 * @param columns the keys wanted
 * @param limits how long a line may be
 * @param nested what a list or an object under one of the keys means
 */
record JsonLine(List<String> columns, RowLimits limits, AskedColumns.Nested nested)
    implements Serializable {
  private static final int LONGEST_NAME_SHOWN = 64;
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  JsonLine {
    columns = List.copyOf(columns);
  }

  /** Whether a line holds anything but white space. */
  static boolean isRecord(byte[] line) {
    for (byte value : line) {
      if (value != ' ' && value != '\t' && value != '\r') {
        return true;
      }
    }
    return false;
  }

  /** The keys of a line; none where it cannot be read. */
  List<String> names(byte[] line) {
    List<String> names = new ArrayList<>();
    if (line.length <= limits.maximumRecordBytes()) {
      StrictUtf8.decode(withoutMark(line))
          .flatMap(JsonLine::parse)
          .filter(JsonNode::isObject)
          .ifPresent(object -> object.fieldNames().forEachRemaining(names::add));
    }
    return names.stream()
        .filter(name -> name.length() <= LONGEST_NAME_SHOWN || columns.contains(name))
        .toList();
  }

  /** Why a line cannot be kept as it is; nothing of a sound one, or of one that is no record. */
  Optional<RejectionReason> problem(byte[] line) {
    if (!isRecord(line)) {
      return Optional.empty();
    }
    if (line.length > limits.maximumRecordBytes()) {
      return Optional.of(RejectionReason.TOO_LONG);
    }
    Optional<String> text = StrictUtf8.decode(withoutMark(line));
    if (text.isEmpty()) {
      return Optional.of(RejectionReason.INVALID_UTF8);
    }
    Optional<JsonNode> object = text.flatMap(JsonLine::parse).filter(JsonNode::isObject);
    if (object.isEmpty()) {
      return Optional.of(RejectionReason.MALFORMED_ROW);
    }
    // Half a surrogate pair that is written as an escape lies in the values, not in the bytes.
    return StrictUtf8.encode(object.get().toString()).isPresent()
        ? Optional.empty()
        : Optional.of(RejectionReason.INVALID_UTF8);
  }

  /**
   * The text of a line.
   *
   * @throws DataException if it is not UTF-8
   */
  static String text(byte[] line) {
    return StrictUtf8.decode(withoutMark(line))
        .orElseThrow(
            () ->
                new DataException(
                    "Cannot read a line: its bytes are not valid UTF-8, and were when the file was"
                        + " checked; read it when nobody writes to it"));
  }

  /** The line as a row of {@link RawColumns}. */
  Row row(byte[] line) {
    byte[][] values = new byte[columns.size()][];
    if (line.length > limits.maximumRecordBytes()) {
      return rejected(values, RejectionReason.TOO_LONG, line);
    }
    Optional<String> text = StrictUtf8.decode(withoutMark(line));
    if (text.isEmpty()) {
      return rejected(values, RejectionReason.INVALID_UTF8, line);
    }
    Optional<JsonNode> object = text.flatMap(JsonLine::parse).filter(JsonNode::isObject);
    if (object.isEmpty()) {
      return rejected(values, RejectionReason.MALFORMED_ROW, line);
    }
    RejectionReason problem = null;
    for (int i = 0; i < values.length; i++) {
      JsonNode value = object.get().get(columns.get(i));
      if (value == null || value.isNull()) {
        continue;
      }
      boolean json = value.isContainerNode() && nested == AskedColumns.Nested.AS_JSON;
      if (!json && !value.isTextual() && !value.isIntegralNumber() && !value.isBoolean()) {
        problem = RejectionReason.WRONG_TYPE;
        continue;
      }
      Optional<byte[]> bytes = StrictUtf8.encode(json ? value.toString() : value.asText());
      if (bytes.isEmpty()) {
        problem = RejectionReason.INVALID_UTF8;
        continue;
      }
      values[i] = bytes.get();
    }
    return problem == null ? RawColumns.accepted(values) : rejected(values, problem, line);
  }

  private static Row rejected(byte[][] values, RejectionReason reason, byte[] line) {
    return RawColumns.rejected(values, reason, new ContentHash().add(line).hex());
  }

  private static Optional<JsonNode> parse(String line) {
    try {
      return Optional.ofNullable(JSON.readTree(line));
    } catch (JsonProcessingException malformed) {
      return Optional.empty();
    }
  }

  static byte[] withoutMark(byte[] line) {
    int mark = BYTE_ORDER_MARK.length;
    return line.length >= mark && Arrays.equals(line, 0, mark, BYTE_ORDER_MARK, 0, mark)
        ? Arrays.copyOfRange(line, mark, line.length)
        : line;
  }
}
