package dev.rankwise.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Looks into run folders. */
final class RunFolderFiles {
  private static final ObjectMapper JSON = new ObjectMapper();

  private RunFolderFiles() {}

  static JsonNode json(Path file) throws IOException {
    return JSON.readTree(file.toFile());
  }

  /** The objects of a file with one a line. */
  static List<JsonNode> jsonLines(Path file) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  /** The rows of a folder that Spark wrote as JSON lines. */
  static List<JsonNode> written(Path folder) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(it -> it.toString().endsWith(".json")).sorted().toList()) {
        lines.addAll(jsonLines(file));
      }
    }
    return lines;
  }

  /** Copies a folder that nothing writes to. */
  static void copy(Path folder, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.toList()) {
        Files.copy(path, to.resolve(folder.relativize(path)));
      }
    }
  }

  /** The hash of every file below a folder, by its path from there. */
  static SortedMap<String, String> hashes(Path folder) throws IOException {
    SortedMap<String, String> hashes = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path file : paths.filter(Files::isRegularFile).toList()) {
        hashes.put(folder.relativize(file).toString(), Sha256.ofFile(file));
      }
    }
    return hashes;
  }
}
