package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
public final class SourceFiles {
  /** Where Hadoop's jobs write until they have ended, and leave what they had if they died. */
  private static final String UNFINISHED = "_temporary";

  /** Where Spark and Hive write what they put into a table's folder once they have ended. */
  private static final List<String> STAGING = List.of(".spark-staging", ".hive-staging");

  private static final Pattern PATTERN = Pattern.compile("[*?\\[{]");

  private final List<FileStatus> files;
  private final List<String> inside;

  private SourceFiles(List<FileStatus> files, List<String> inside) {
    this.files = List.copyOf(files);
    this.inside = List.copyOf(inside);
  }

  /** Lists what lies at {@code location}. */
  public static SourceFiles at(String location, Configuration configuration) {
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

  /**
   * The file at an address as Spark gives those of a table: with escapes, and none of its
   * characters part of a pattern.
   */
  public static SourceFiles ofAddress(String address, Configuration configuration) {
    Path path = new Path(URI.create(address));
    List<FileStatus> files = new ArrayList<>();
    try {
      FileSystem system = path.getFileSystem(configuration);
      collect(system, system.getFileStatus(path), files, new ArrayList<>());
      return new SourceFiles(files, List.of());
    } catch (FileNotFoundException gone) {
      throw new DataException(
          "Cannot read %s: it is gone, though its table lists it; refresh or repair the table"
              .formatted(shown(path.toString())),
          gone);
    } catch (IOException failure) {
      throw unreadable(path.toString(), failure);
    }
  }

  /**
   * Fails where a folder of a table holds what another job has not finished.
   *
   * @param folder its address; one that is not there holds nothing
   * @throws DataException if another job is writing there, or died while it was
   */
  public static void requireWhole(String folder, Configuration configuration) {
    Path path = new Path(folder);
    try {
      FileSystem system = path.getFileSystem(configuration);
      if (!system.exists(path) || !system.getFileStatus(path).isDirectory()) {
        return;
      }
      for (FileStatus entry : system.listStatus(path)) {
        String name = entry.getPath().getName();
        if (name.equals(UNFINISHED) || STAGING.stream().anyMatch(name::startsWith)) {
          throw halfWritten(path, name);
        }
      }
    } catch (IOException failure) {
      throw unreadable(folder, failure);
    }
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

  /**
   * The files' full addresses, each with what changes when it does: its size and time of change.
   */
  SortedMap<String, String> marks() {
    SortedMap<String, String> marks = new TreeMap<>();
    files.forEach(
        file ->
            marks.put(
                file.getPath().toString(),
                "%s bytes, %s".formatted(file.getLen(), file.getModificationTime())));
    return marks;
  }

  /** Those of the files that have one of these addresses. */
  SourceFiles only(Set<String> addresses) {
    return new SourceFiles(
        files.stream().filter(file -> addresses.contains(file.getPath().toString())).toList(),
        inside);
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
  public String version() {
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
  public static String shown(String location) {
    return "\"" + withoutSecrets(location) + "\"";
  }

  /** Cuts {@code user:password@} out of an address. */
  public static String withoutSecrets(String location) {
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
      throw halfWritten(status.getPath(), UNFINISHED);
    }
    RemoteIterator<LocatedFileStatus> found = system.listFiles(status.getPath(), true);
    int prefix = status.getPath().toUri().getPath().length();
    while (found.hasNext()) {
      FileStatus file = found.next();
      String path = file.getPath().toUri().getPath().substring(prefix);
      if (path.contains("/" + UNFINISHED + "/")) {
        throw halfWritten(status.getPath(), UNFINISHED);
      }
      if (isData(path)) {
        files.add(file);
        inside.add(path);
      }
    }
  }

  private static DataException halfWritten(Path folder, String mark) {
    return new DataException(
        ("Cannot read %s: it holds %s, so another job is writing there, or died while it was, and not"
                + " all rows are in place; run again when that job has ended, or remove %s if none runs")
            .formatted(shown(folder.toString()), mark, mark));
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
            + " (with hadoop-aws on the class path), table:NAME, sql:SELECT ..., wordnet or icons:names",
        cause);
  }
}
