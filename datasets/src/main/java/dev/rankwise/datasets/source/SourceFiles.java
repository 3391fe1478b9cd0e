package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/**
 * The files of a location on any Hadoop file system, sorted by path.
 *
 * <p>A location is a file, a folder (read with its subfolders) or a glob pattern. Files and folders
 * whose name starts with {@code _} or {@code .} are bookkeeping of other tools and are left out.
 */
final class SourceFiles {
  /** Where Hadoop's jobs write until they have ended, and leave what they had if they died. */
  private static final String UNFINISHED = "_temporary";

  private static final Pattern PATTERN = Pattern.compile("[*?\\[{]");

  private final List<FileStatus> files;
  private final List<String> inside;

  private SourceFiles(List<FileStatus> files, List<String> inside) {
    this.files = List.copyOf(files);
    this.inside = List.copyOf(inside);
  }

  /** Lists what lies at {@code location}. */
  static SourceFiles at(String location, Configuration configuration) {
    List<FileStatus> files = new ArrayList<>();
    List<String> inside = new ArrayList<>();
    try {
      Path path = new Path(location);
      FileSystem system = path.getFileSystem(configuration);
      FileStatus[] found = system.globStatus(path);
      if (found == null || found.length == 0) {
        throw new FileNotFoundException(location);
      }
      for (FileStatus status : found) {
        // A pattern also matches bookkeeping files; one that is named itself is meant.
        if (found.length == 1 || isData(status.getPath().getName())) {
          collect(system, status, files, inside);
        }
      }
    } catch (FileNotFoundException missing) {
      throw new DataException(
          "Cannot read "
              + shown(location)
              + ": no such file or folder; check the path, and that every executor sees it",
          missing);
    } catch (UnsupportedFileSystemException | IllegalArgumentException invalid) {
      throw notReadable(location, invalid);
    } catch (IOException failure) {
      throw unreadable(location, failure);
    } catch (RuntimeException failure) {
      if (failure.getCause() instanceof ClassNotFoundException) {
        throw notReadable(location, failure);
      }
      throw failure;
    }
    if (files.isEmpty()) {
      throw new DataException(
          "Cannot read " + shown(location) + ": the folder holds no data file; put files there");
    }
    files.sort(Comparator.comparing(file -> file.getPath().toString()));
    return new SourceFiles(files, inside);
  }

  /** The folder at a location: itself, or of a file or a pattern the nearest that is above all. */
  static String folder(String location, Configuration configuration) {
    Path path = new Path(location);
    try {
      FileSystem system = path.getFileSystem(configuration);
      while (path.getParent() != null
          && (PATTERN.matcher(path.toString()).find()
              || !system.getFileStatus(path).isDirectory())) {
        path = path.getParent();
      }
      return system.makeQualified(path).toString();
    } catch (IOException failure) {
      throw unreadable(location, failure);
    }
  }

  /** A folder below the location whose name gives its rows a column's value: {@code day=3}. */
  Optional<String> folderWithColumn() {
    return inside.stream()
        .map(path -> path.substring(0, path.lastIndexOf('/') + 1))
        .flatMap(folders -> Stream.of(folders.split("/")))
        .filter(name -> name.indexOf('=') > 0)
        .findFirst();
  }

  /** The files' full addresses. */
  List<String> paths() {
    return files.stream().map(file -> file.getPath().toString()).toList();
  }

  /** The files' full addresses with their sizes in bytes. */
  SortedMap<String, Long> sizes() {
    SortedMap<String, Long> sizes = new TreeMap<>();
    files.forEach(file -> sizes.put(file.getPath().toString(), file.getLen()));
    return sizes;
  }

  /** The format that all files' extensions agree on. */
  SourceFormat format(String location) {
    SourceFormat agreed = null;
    for (FileStatus file : files) {
      String name = file.getPath().getName();
      SourceFormat format =
          SourceFormat.ofFileName(name)
              .orElseThrow(
                  () ->
                      new UserInputException(
                          "Cannot tell the format of \""
                              + name
                              + "\" in "
                              + shown(location)
                              + " by its extension (csv, tsv, jsonl, json, ndjson or parquet); name"
                              + " the format"));
      if (agreed != null && agreed != format) {
        throw new UserInputException(
            "Cannot read "
                + shown(location)
                + ": it holds both "
                + agreed.label()
                + " and "
                + format.label()
                + " files; name the folder or pattern of one of them");
      }
      agreed = format;
    }
    return agreed;
  }

  /** A hash of every file's address, size and time of change. */
  String version() {
    ContentHash hash = new ContentHash();
    for (FileStatus file : files) {
      hash.add(file.getPath().toString()).add(file.getLen()).add(file.getModificationTime());
    }
    return hash.hex();
  }

  /** The failure for what lies there and cannot be read. */
  static DataException unreadable(String location, IOException failure) {
    String words = String.valueOf(failure.getMessage());
    // Hadoop's own file system repeats the path before it says what the system says.
    String reason = words.contains("Permission denied") ? "permission denied" : words;
    return new DataException(
        "Cannot read %s: %s; see that this user may read it, here and on every executor"
            .formatted(shown(location), reason),
        failure);
  }

  /** A location as messages show it: quoted, and without the user part of an address. */
  static String shown(String location) {
    return "\"" + withoutSecrets(location) + "\"";
  }

  /** Cuts {@code user:password@} out of an address. */
  static String withoutSecrets(String location) {
    return location.replaceFirst("^([A-Za-z][A-Za-z0-9+.-]*://)[^/@]*@", "$1");
  }

  private static void collect(
      FileSystem system, FileStatus status, List<FileStatus> files, List<String> inside)
      throws IOException {
    if (status.isFile()) {
      files.add(status);
      return;
    }
    if (system.exists(new Path(status.getPath(), UNFINISHED))) {
      throw halfWritten(status.getPath());
    }
    RemoteIterator<LocatedFileStatus> found = system.listFiles(status.getPath(), true);
    int prefix = status.getPath().toUri().getPath().length();
    while (found.hasNext()) {
      FileStatus file = found.next();
      String path = file.getPath().toUri().getPath().substring(prefix);
      if (isData(path)) {
        files.add(file);
        inside.add(path);
      }
    }
  }

  private static DataException halfWritten(Path folder) {
    return new DataException(
        ("Cannot read %s: it holds %s, so another job is writing there, or died while it was, and not"
                + " all rows are in place; run again when that job has ended, or remove %s if none runs")
            .formatted(shown(folder.toString()), UNFINISHED, UNFINISHED));
  }

  private static boolean isData(String relativePath) {
    for (String part : relativePath.split("/")) {
      if (part.startsWith("_") || part.startsWith(".")) {
        return false;
      }
    }
    return true;
  }

  private static UserInputException notReadable(String location, Exception cause) {
    return new UserInputException(
        "Cannot read "
            + shown(location)
            + ": the address is not one that this Spark knows; use a path, file:, hdfs:, s3a:"
            + " (with hadoop-aws on the class path), table:NAME, sql:SELECT ... or wordnet",
        cause);
  }
}
