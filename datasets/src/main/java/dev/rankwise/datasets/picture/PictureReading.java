package dev.rankwise.datasets.picture;

import static dev.rankwise.datasets.image.ImageLimits.MOST_SCANNED;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.datasets.image.ImageLimits;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.StrictUtf8;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Reads the pictures of a row from the value of its image column.
 *
 * <table>
 *   <caption>Values</caption>
 *   <tr><th>value</th><th>picture</th></tr>
 *   <tr><td>null or empty</td><td>none</td></tr>
 *   <tr><td>bytes of a PNG, JPEG or WebP file</td><td>that file</td></tr>
 *   <tr><td>a text</td><td>the file at that path; or, if it starts with {@code data:}, the Base64
 *     behind its comma</td></tr>
 *   <tr><td>an object, {@code {"bytes": Base64, "path": path}}</td><td>its bytes, or else its
 *     path</td></tr>
 *   <tr><td>a list of these</td><td>one each, in order</td></tr>
 * </table>
 *
 * @param form how a file becomes a picture
 * @param folder where relative paths start from
 */
public record PictureReading(PictureForm form, PictureFolder folder) implements Serializable {
  /** Most pictures of a row. */
  public static final int MOST_PICTURES = 256;

  /** Most bytes of all files of a row, which are held at once. */
  private static final long MOST_BYTES = 64L << 20;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DATA = "data:";
  private static final String BASE64 = ";base64,";

  /** How the files begin that are read: a container's name, or the mark of a first segment. */
  private static final List<byte[]> STARTS =
      List.of(
          new byte[] {(byte) 0x89, 'P', 'N', 'G'},
          new byte[] {(byte) 0xFF, (byte) 0xD8},
          "RIFF".getBytes(StandardCharsets.US_ASCII));

  public PictureReading {
    Objects.requireNonNull(form, "form");
    Objects.requireNonNull(folder, "folder");
  }

  /**
   * The bytes of each picture's file.
   *
   * @param value of the image column, or null
   * @throws UnusableRow if a file cannot be had, or the value is nothing of the above
   */
  public List<byte[]> files(byte[] value) {
    if (value == null || value.length == 0) {
      return List.of();
    }
    Optional<String> text = isFile(value) ? Optional.empty() : StrictUtf8.decode(value);
    if (text.isEmpty()) {
      // What is neither a text nor begins as a picture does is judged where pictures are decoded.
      return List.of(value);
    }
    String stripped = text.get().strip();
    if (!stripped.startsWith("[") && !stripped.startsWith("{")) {
      return List.of(named(text.get()));
    }
    JsonNode json = parsed(stripped);
    if (!json.isArray()) {
      return List.of(file(json));
    }
    if (json.size() > MOST_PICTURES) {
      throw new UnusableRow(RejectionReason.TOO_LONG);
    }
    List<byte[]> files = new ArrayList<>();
    long bytes = 0;
    for (JsonNode element : json) {
      byte[] file = file(element);
      bytes += file.length;
      if (bytes > MOST_BYTES) {
        throw new UnusableRow(RejectionReason.PICTURE_TOO_LARGE);
      }
      files.add(file);
    }
    return files;
  }

  /**
   * The colours of each file.
   *
   * @throws UnusableRow if one holds no picture, or all together more pixels than {@link
   *     ImageLimits#MOST_SCANNED}, which is judged before one is decoded
   */
  public List<byte[]> colours(List<byte[]> files) {
    // One file is judged where it is decoded.
    if (files.size() > 1
        && files.stream().mapToLong(form.preparation()::scanned).sum() > MOST_SCANNED) {
      throw new UnusableRow(RejectionReason.PICTURE_TOO_LARGE);
    }
    return files.stream().map(form::colours).toList();
  }

  private static boolean isFile(byte[] value) {
    return STARTS.stream()
        .anyMatch(
            start ->
                value.length >= start.length
                    && Arrays.equals(value, 0, start.length, start, 0, start.length));
  }

  private static JsonNode parsed(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException malformed) {
      throw new UnusableRow(RejectionReason.MALFORMED_PICTURES);
    }
  }

  private byte[] file(JsonNode value) {
    if (value.isTextual()) {
      return named(value.textValue());
    }
    if (value.path("bytes").isTextual()) {
      return decoded(value.path("bytes").textValue());
    }
    if (value.path("path").isTextual()) {
      return named(value.path("path").textValue());
    }
    throw new UnusableRow(RejectionReason.MALFORMED_PICTURES);
  }

  private byte[] named(String text) {
    if (!text.startsWith(DATA)) {
      return folder.read(text, form.preparation().limits().bytes());
    }
    int comma = text.indexOf(BASE64);
    if (comma < 0) {
      throw new UnusableRow(RejectionReason.MALFORMED_PICTURES);
    }
    return decoded(text.substring(comma + BASE64.length()));
  }

  private static byte[] decoded(String base64) {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException malformed) {
      throw new UnusableRow(RejectionReason.MALFORMED_PICTURES);
    }
  }
}
