package dev.rankwise.models.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.text.PrintableText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads what must be one JSON object: UTF-8, no key twice, nothing after it. */
public final class StrictJson {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                  .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build();

  private static final int MOST_SHOWN = 400;

  private StrictJson() {}

  /**
   * The object in {@code file}.
   *
   * @param maximumBytes size above which the file is not even read
   * @throws CorruptFileException if the file is larger or holds anything else
   */
  public static ObjectNode read(Path file, long maximumBytes) {
    try {
      long size = Files.size(file);
      if (size > maximumBytes) {
        throw corrupt(
            file.toString(),
            "it has %s bytes, and at most %s are read".formatted(size, maximumBytes));
      }
      return parse(Files.readAllBytes(file), file.toString());
    } catch (IOException e) {
      throw FileFailure.reading(file, e);
    }
  }

  /**
   * The object that some bytes are.
   *
   * @param origin where they come from, for messages
   * @throws CorruptFileException if they are anything else
   */
  public static ObjectNode parse(byte[] bytes, String origin) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      JsonNode node = MAPPER.readTree(text);
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw corrupt(origin, "it does not hold a JSON object");
    } catch (CharacterCodingException e) {
      throw corrupt(origin, "it is not UTF-8");
    } catch (JsonProcessingException e) {
      throw corrupt(origin, "it is not valid JSON: " + shown(e.getOriginalMessage()));
    }
  }

  /** What Jackson says quotes the file, be it by characters that no terminal shows. */
  private static String shown(String message) {
    return PrintableText.of(message.replaceAll("\\p{Cf}", "?"), MOST_SHOWN);
  }

  private static CorruptFileException corrupt(String origin, String problem) {
    return new CorruptFileException(
        "JSON file %s cannot be used: %s; fetch or write the file again"
            .formatted(origin, problem));
  }
}
