package dev.rankwise.jobs.notebook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A note of {@code notebooks}.
 *
 * @param name its file's name without the ending
 * @param file where it lies
 * @param json all of it
 */
public record Note(String name, Path file, JsonNode json) {
  private static final Path FOLDER = Path.of("..", "notebooks");
  private static final String ENDING = ".zpln";

  /** What a paragraph is written in. */
  public enum Language {
    /** Scala, in Spark's REPL. */
    SCALA("%spark"),
    /** One statement of SQL. */
    SQL("%spark.sql");

    private final String directive;

    Language(String directive) {
      this.directive = directive;
    }
  }

  /**
   * A paragraph.
   *
   * @param title what stands above it
   * @param language what it is written in
   * @param code all of it but the first line
   */
  public record Paragraph(String title, Language language, String code) {}

  /** All notes, by name. */
  public static List<Note> all() {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .filter(file -> file.toString().endsWith(ENDING))
          .sorted()
          .map(Note::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Note read(Path file) {
    String name = file.getFileName().toString();
    try {
      JsonNode json = new ObjectMapper().readTree(Files.readString(file));
      return new Note(name.substring(0, name.length() - ENDING.length()), file, json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What runs, in order. */
  public List<Paragraph> paragraphs() {
    List<Paragraph> paragraphs = new ArrayList<>();
    for (JsonNode paragraph : json.get("paragraphs")) {
      String text = paragraph.get("text").textValue();
      int line = text.indexOf('\n');
      String directive = text.substring(0, line);
      Language language =
          Stream.of(Language.values())
              .filter(it -> it.directive.equals(directive))
              .findFirst()
              .orElseThrow(() -> new AssertionError(name + " has a paragraph of " + directive));
      paragraphs.add(
          new Paragraph(paragraph.get("title").textValue(), language, text.substring(line + 1)));
    }
    return paragraphs;
  }

  @Override
  public String toString() {
    return name;
  }
}
