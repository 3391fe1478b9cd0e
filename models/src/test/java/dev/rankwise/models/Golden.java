package dev.rankwise.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.format.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The golden reference values: the folder named by {@code -Drankwise.golden}, or the copy among the
 * test resources.
 */
public final class Golden {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Golden() {}

  /** The folder. */
  public static Path folder() {
    String named = System.getProperty("rankwise.golden", "");
    if (!named.isEmpty()) {
      return Path.of(named);
    }
    try {
      return Path.of(Golden.class.getResource("/golden").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A file or folder in it. */
  public static Path path(String relative) {
    return folder().resolve(relative);
  }

  /** The folders directly below {@code relative}, in the order of their names. */
  public static List<Path> folders(String relative) {
    Path parent = path(relative);
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    return Children.folders(parent);
  }

  /** The files of {@code relative} whose names match {@code glob}, by name; empty without any. */
  public static List<Path> files(String relative, String glob) {
    Path parent = path(relative);
    if (!Files.isDirectory(parent)) {
      skipped(parent, "it does not exist");
      return List.of();
    }
    return Children.of(parent).stream()
        .filter(
            file -> file.getFileSystem().getPathMatcher("glob:" + glob).matches(file.getFileName()))
        .toList();
  }

  /** A JSON file, as a tree. */
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

  /** Says on the test's output that a case was left out. */
  public static void skipped(Path what, String why) {
    System.out.println("Golden case " + what.getFileName() + " skipped: " + why);
  }
}
