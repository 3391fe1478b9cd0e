package dev.rankwise.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.format.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reference values of other implementations: the folder that {@code -Drankwise.golden} names, or
 * the copy in the test resources.
 */
public final class GoldenFolder {
  private static final ObjectMapper JSON = new ObjectMapper();

  private GoldenFolder() {}

  /** A part of the folder. */
  public static Path path(String part) {
    String configured = System.getProperty("rankwise.golden", "");
    if (!configured.isBlank()) {
      return Path.of(configured).resolve(part);
    }
    try {
      return Path.of(GoldenFolder.class.getResource("/golden").toURI()).resolve(part);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The files of {@code part} whose names match {@code glob}, by name; empty if there are none. */
  public static List<Path> files(String part, String glob) {
    Path folder = path(part);
    if (!Files.isDirectory(folder)) {
      System.out.println("skipped: " + folder + " does not exist");
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(
              file ->
                  file.getFileSystem().getPathMatcher("glob:" + glob).matches(file.getFileName()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A JSON file. */
  public static JsonNode json(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The safetensors file beside a JSON file. */
  public static SafetensorsFile tensorsBeside(Path json) {
    String name = json.getFileName().toString().replaceFirst("\\.json$", ".safetensors");
    return SafetensorsFile.open(json.resolveSibling(name));
  }
}
