package dev.rankwise.models.source;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The SHA-256 of each file of a base.
 *
 * <p>As text, and in the file {@value #FILE} of a cache entry, one line for each file in the order
 * of the names: hash, two spaces, name, line feed, as {@code sha256sum} writes it. The hash of the
 * base is the hash of that text.
 */
record FileHashes(SortedMap<String, String> byName) {
  static final String FILE = "SHA256SUMS";
  static final String CONFIG = BaseFiles.CONFIG;
  private static final String INDEX = BaseFiles.INDEX;
  static final String WEIGHTS = BaseFiles.WEIGHTS;
  static final String TOKENIZER = BaseFiles.TOKENIZER;
  static final List<String> NAMES = List.of(CONFIG, WEIGHTS, TOKENIZER);

  private static final long MAXIMUM_BYTES = 1 << 20;

  /** Hashes of files as this process has read them, so that a large base is read once. */
  private static final Map<FileState, String> KNOWN = new ConcurrentHashMap<>();

  private record FileState(Path file, Object key, long size, long modified) {}

  FileHashes {
    byName = Collections.unmodifiableSortedMap(new TreeMap<>(byName));
  }

  /**
   * Hashes the files of a folder, each once a process unless it changes. A tokenizer may be
   * missing: token ids can be run without one.
   */
  static FileHashes of(Path folder) {
    SortedMap<String, String> byName = new TreeMap<>();
    List<String> required = BaseFiles.required(folder);
    for (String name : required) {
      byName.put(name, hash(folder, name, required));
    }
    if (Files.exists(folder.resolve(TOKENIZER))) {
      byName.put(TOKENIZER, hash(folder, TOKENIZER, required));
    }
    return new FileHashes(byName);
  }

  /** Reads the hashes that were written beside the files of a cache entry. */
  static FileHashes read(Path folder) {
    Path file = folder.resolve(FILE);
    try {
      if (!Files.exists(file) || Files.size(file) > MAXIMUM_BYTES) {
        throw damaged(file, folder);
      }
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      SortedMap<String, String> byName = new TreeMap<>();
      for (String line : text.split("\n", -1)) {
        if (line.length() > 66 && Sha256.isHash(line.substring(0, 64))) {
          byName.put(line.substring(66), line.substring(0, 64));
        }
      }
      FileHashes hashes = new FileHashes(byName);
      if (!byName.containsKey(CONFIG) || !hashes.text().equals(text)) {
        throw damaged(file, folder);
      }
      return hashes;
    } catch (IOException e) {
      throw FileFailure.reading(file, e);
    }
  }

  /** The lines of {@value #FILE}. */
  String text() {
    StringBuilder text = new StringBuilder();
    byName.forEach((name, hash) -> text.append(hash).append("  ").append(name).append('\n'));
    return text.toString();
  }

  /** Hash of the base: of the files' hashes with their names. */
  String sha256() {
    return Sha256.ofText(text());
  }

  /** Checks the files of a cache entry against these hashes. */
  void requireSameAs(FileHashes actual, Path folder) {
    for (String name : actual.byName().keySet()) {
      if (!byName.containsKey(name)) {
        throw new CorruptFileException(
            "Cache folder %s holds file %s, which was not written; delete the folder and run again"
                .formatted(folder, name));
      }
    }
    for (Map.Entry<String, String> expected : byName.entrySet()) {
      String found = actual.byName().get(expected.getKey());
      if (!expected.getValue().equals(found)) {
        throw new CorruptFileException(
            "Cache file %s has SHA-256 %s, but %s was written; delete folder %s and run again"
                .formatted(folder.resolve(expected.getKey()), found, expected.getValue(), folder));
      }
    }
  }

  private static String hash(Path folder, String name, List<String> required) {
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file) && required.contains(INDEX) && !name.equals(CONFIG)) {
      throw new UserInputException(
          "Base folder %s has no file %s, which %s names; fetch the base again, all its files"
              .formatted(folder, name, INDEX));
    }
    if (!Files.isRegularFile(file)) {
      throw new UserInputException(
          "Base folder %s has no file %s; a base needs %s, %s"
              .formatted(folder, name, String.join(", ", required), TOKENIZER));
    }
    try {
      Path real = file.toRealPath();
      BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
      Object key = attributes.fileKey() == null ? "" : attributes.fileKey();
      FileState state =
          new FileState(
              real, key, attributes.size(), attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
      return KNOWN.computeIfAbsent(state, unused -> Sha256.ofFile(real));
    } catch (IOException e) {
      throw FileFailure.reading(file, e);
    }
  }

  private static CorruptFileException damaged(Path file, Path folder) {
    return new CorruptFileException(
        ("Cache file %s is missing or does not hold one SHA-256 for each file of a base; "
                + "delete folder %s and run again")
            .formatted(file, folder));
  }
}
