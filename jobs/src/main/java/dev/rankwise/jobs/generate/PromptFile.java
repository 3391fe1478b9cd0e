package dev.rankwise.jobs.generate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.format.FileFailure;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A file of prompts. In JSON lines ({@code .jsonl}, {@code .json}) a line is an object with one of
 * {@code prompt} (a text), {@code messages} (turns of {@code role} and {@code content}) and {@code
 * ids} (token ids), and optionally {@code adapter} and {@code images} (a list of picture files);
 * any other file has a text in each line. Blank lines say nothing.
 */
public final class PromptFile {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final List<String> CONTENTS = List.of("prompt", "messages", "ids");
  private static final String ADAPTER = "adapter";
  private static final String IMAGES = "images";

  private PromptFile() {}

  /**
   * Reads a file of prompts.
   *
   * @throws DataException if a line is no prompt, or there is none
   */
  public static List<Prompt> read(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    boolean json = name.endsWith(".jsonl") || name.endsWith(".json");
    List<Prompt> prompts = new ArrayList<>();
    List<String> lines = lines(file);
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        prompts.add(json ? object(lines.get(i), file, i + 1) : Prompt.ofText(lines.get(i)));
      }
    }
    if (prompts.isEmpty()) {
      throw new DataException(
          "File of prompts %s has none (it needs one a line; write one into it)".formatted(file));
    }
    return prompts;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (MalformedInputException e) {
      throw new DataException(
          "File of prompts %s is not UTF-8 text; save it as UTF-8".formatted(file), e);
    } catch (IOException e) {
      throw FileFailure.reading(file, e);
    }
  }

  private static Prompt object(String line, Path file, int number) {
    JsonNode object;
    try {
      object = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw wrong(file, number, "is no JSON");
    }
    List<String> contents = CONTENTS.stream().filter(object::has).toList();
    if (!object.isObject() || contents.size() != 1) {
      throw wrong(file, number, "must be an object with one of " + String.join(", ", CONTENTS));
    }
    JsonNode adapter = object.path(ADAPTER);
    if (!adapter.isMissingNode() && !adapter.isNull() && !adapter.isTextual()) {
      throw wrong(file, number, "has an adapter that is no text");
    }
    JsonNode value = object.get(contents.get(0));
    return new Prompt(
        content(contents.get(0), value, file, number),
        Optional.ofNullable(adapter.textValue()),
        images(object.path(IMAGES), file, number));
  }

  /** A path lies beside the file of prompts, unless it is absolute. */
  private static List<Path> images(JsonNode value, Path file, int number) {
    List<Path> images = new ArrayList<>();
    if (!value.isMissingNode() && !value.isArray()) {
      throw wrong(file, number, "has images that are no list");
    }
    for (JsonNode image : value) {
      if (!image.isTextual()) {
        throw wrong(file, number, "has images that are no paths");
      }
      images.add(file.toAbsolutePath().resolveSibling(image.textValue()));
    }
    return images;
  }

  private static Prompt.Content content(String kind, JsonNode value, Path file, int number) {
    return switch (kind) {
      case "prompt" -> text(value, file, number);
      case "messages" -> turns(value, file, number);
      default -> ids(value, file, number);
    };
  }

  private static Prompt.Content text(JsonNode value, Path file, int number) {
    if (!value.isTextual()) {
      throw wrong(file, number, "has a prompt that is no text");
    }
    return new Prompt.Text(value.textValue());
  }

  private static Prompt.Content turns(JsonNode value, Path file, int number) {
    try {
      return new Prompt.Turns(RowForm.MESSAGES.read(Map.of("messages", value.toString())));
    } catch (UnusableRow e) {
      String reason = e.reason().name().toLowerCase(Locale.ROOT).replace('_', ' ');
      throw wrong(file, number, "makes no conversation (%s)".formatted(reason));
    }
  }

  private static Prompt.Content ids(JsonNode value, Path file, int number) {
    if (!value.isArray()) {
      throw wrong(file, number, "has ids that are no list");
    }
    List<Integer> ids = new ArrayList<>();
    for (JsonNode id : value) {
      if (!id.isIntegralNumber() || !id.canConvertToInt()) {
        throw wrong(file, number, "has ids that are no token ids");
      }
      ids.add(id.intValue());
    }
    return new Prompt.Ids(ids);
  }

  private static DataException wrong(Path file, int line, String problem) {
    return new DataException(
        "Line %s of file of prompts %s %s; mend the line or take it out"
            .formatted(line, file, problem));
  }
}
