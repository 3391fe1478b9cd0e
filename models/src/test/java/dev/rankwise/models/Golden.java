package dev.rankwise.models;

import static org.assertj.core.api.Assertions.assertThat;

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
 * The golden reference values, by two doors.
 *
 * <p>{@link #own} gives a case that a test names, always from the copy among the test resources.
 * All other methods give the cases of the folder under test, which is {@code -Drankwise.golden} or
 * that same copy: a test that runs them takes names, shapes and settings from the cases, and may
 * find others, more or fewer of them.
 */
public final class Golden {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NAMED = System.getProperty("rankwise.golden", "");

  private Golden() {}

  /** A file or folder of the copy among the test resources. */
  public static Path own(String relative) {
    try {
      return Path.of(Golden.class.getResource("/golden").toURI()).resolve(relative);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A file or folder of the folder under test, whether it exists or not. */
  public static Path given(String relative) {
    return NAMED.isEmpty() ? own(relative) : Path.of(NAMED).resolve(relative);
  }

  /** A file of the folder under test; ends the test, visibly, if that folder has none. */
  public static Path file(String relative) {
    Path file = given(relative);
    requireSome(relative, Files.exists(file) ? 1 : 0, 1);
    return file;
  }

  /** The folders directly below {@code relative} in the folder under test, by name. */
  public static List<Path> folders(String relative) {
    Path parent = given(relative);
    return Files.isDirectory(parent) ? Children.folders(parent) : List.of();
  }

  /** The files of {@code relative} in the folder under test whose names match, by name. */
  public static List<Path> files(String relative, String glob) {
    Path parent = given(relative);
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    return Children.of(parent).stream()
        .filter(
            file -> file.getFileSystem().getPathMatcher("glob:" + glob).matches(file.getFileName()))
        .toList();
  }

  /**
   * Checks that a family of cases is there. Of another folder one case will do, and a folder
   * without any ends the test as aborted, with the reason on its output.
   *
   * @param family what the cases have in common, for the message
   * @param found how many of them will run
   * @param ofOurs how many the copy among the test resources has at least
   */
  public static void requireSome(String family, int found, int ofOurs) {
    if (NAMED.isEmpty()) {
      assertThat(found).as("golden cases that run: %s", family).isGreaterThanOrEqualTo(ofOurs);
    } else if (found == 0) {
      LeftOut.because("%s, because golden folder %s has none".formatted(family, NAMED));
    }
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

  /** Says on the test's output that a case, or a part of it, was left out. */
  public static void skipped(Path what, String why) {
    System.out.println("Golden case " + what.getFileName() + " skipped: " + why);
  }
}
