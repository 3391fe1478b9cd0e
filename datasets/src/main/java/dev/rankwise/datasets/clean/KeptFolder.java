package dev.rankwise.datasets.clean;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.RunHeldException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.FolderLock;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.StreamCapabilities;

/**
 * The folder of kept rows, on any Hadoop file system.
 *
 * <pre>
 * state-00000007.json    names the parts; the one with the greatest number counts
 * part-00000007/         what state 7 added: never changed once a state names it
 * </pre>
 *
 * <p>A state appears whole or not at all, by a rename to a name that is not there. What no state
 * names was left by a writer that died, and is removed before the next one writes. On a file system
 * of this host a second writer is refused; elsewhere it fails at the rename.
 */
final class KeptFolder implements AutoCloseable {
  private static final Pattern STATE = Pattern.compile("state-(\\d{8})\\.json");
  private static final Pattern PART = Pattern.compile("part-\\d{8}(-joined)?");
  private static final Pattern OURS =
      Pattern.compile(
          "%s|%s|\\.state\\.tmp|\\..*\\.crc".formatted(STATE.pattern(), PART.pattern()));

  private final FileSystem system;
  private final Path folder;
  private final Optional<FolderLock> lock;

  private KeptFolder(FileSystem system, Path folder, Optional<FolderLock> lock) {
    this.system = system;
    this.folder = folder;
    this.lock = lock;
  }

  static boolean isPart(String name) {
    return PART.matcher(name).matches();
  }

  /**
   * Opens the folder for writing, which nobody else may until it is closed.
   *
   * @throws UserInputException if it holds anything else, or cannot be written
   */
  static KeptFolder open(String directory, Configuration configuration) {
    try {
      Path path = new Path(directory);
      FileSystem system = path.getFileSystem(configuration);
      Path folder = system.makeQualified(path);
      requireOurs(system, folder);
      system.mkdirs(folder);
      return new KeptFolder(system, folder, lock(folder));
    } catch (IOException failure) {
      throw notWritable(directory, failure);
    }
  }

  private static void requireOurs(FileSystem system, Path folder) throws IOException {
    if (!system.exists(folder)) {
      return;
    }
    for (FileStatus entry : system.listStatus(folder)) {
      String name = entry.getPath().getName();
      if (!OURS.matcher(name).matches()) {
        throw new UserInputException(
            ("Cannot keep rows in \"%s\": it holds %s, which is none of ours, so all of it is left"
                    + " alone; move that elsewhere or name another folder in data.prepared")
                .formatted(folder, name));
      }
    }
  }

  private static Optional<FolderLock> lock(Path folder) {
    if (!folder.toUri().getScheme().equals("file")) {
      return Optional.empty();
    }
    java.nio.file.Path here = java.nio.file.Path.of(folder.toUri().getPath());
    java.nio.file.Path control = here.resolveSibling("." + here.getFileName() + ".lock");
    return Optional.of(FolderLock.acquire(here, control, Clock.systemUTC()));
  }

  /** Full address of something in the folder. */
  String path(String child) {
    return new Path(folder, child).toString();
  }

  /**
   * The state that counts, all of whose files are there.
   *
   * @throws CorruptFileException if one is not as it was written
   */
  Optional<KeptState> state() {
    try {
      Optional<Path> newest = states().stream().reduce((earlier, later) -> later);
      if (newest.isEmpty()) {
        return Optional.empty();
      }
      KeptState state;
      try (InputStream in = system.open(newest.get())) {
        state = KeptState.read(in.readAllBytes(), newest.get().toString());
      }
      for (KeptState.Part part : state.parts()) {
        SortedMap<String, Long> found = files(part.name());
        if (!found.equals(part.files())) {
          throw new CorruptFileException(
              "Cannot use the kept rows in \"%s\": %s does not hold the files that %s lists; remove the folder to read all rows anew"
                  .formatted(folder, part.name(), newest.get().getName()));
        }
      }
      return Optional.of(state);
    } catch (ChecksumException damaged) {
      throw new CorruptFileException(
          "Cannot use the kept rows in \"%s\": the state is not as it was written; remove the folder to read all rows anew"
              .formatted(folder),
          damaged);
    } catch (IOException failure) {
      throw notWritable(folder.toString(), failure);
    }
  }

  /** Removes what a state does not name. */
  void removeAllBut(Optional<KeptState> state) {
    Set<String> named =
        state.stream()
            .flatMap(it -> it.parts().stream())
            .map(KeptState.Part::name)
            .collect(Collectors.toSet());
    state.ifPresent(it -> named.add(name(it.number())));
    try {
      for (FileStatus entry : system.listStatus(folder)) {
        if (!named.contains(entry.getPath().getName())) {
          system.delete(entry.getPath(), true);
        }
      }
    } catch (IOException failure) {
      throw notWritable(folder.toString(), failure);
    }
  }

  /** The files below a part, each with its size in bytes; bookkeeping of others is left out. */
  SortedMap<String, Long> files(String part) {
    SortedMap<String, Long> files = new TreeMap<>();
    Path root = new Path(folder, part);
    try {
      int prefix = root.toUri().getPath().length() + 1;
      RemoteIterator<LocatedFileStatus> found = system.listFiles(root, true);
      while (found.hasNext()) {
        LocatedFileStatus file = found.next();
        if (file.getPath().getName().endsWith(".parquet")) {
          files.put(file.getPath().toUri().getPath().substring(prefix), file.getLen());
        }
      }
    } catch (FileNotFoundException none) {
      return files;
    } catch (IOException failure) {
      throw notWritable(folder.toString(), failure);
    }
    return files;
  }

  /**
   * Makes a state the one that counts.
   *
   * @throws RunHeldException if another writer was faster
   */
  void commit(KeptState state) {
    Path staged = new Path(folder, ".state.tmp");
    Path place = new Path(folder, name(state.number()));
    try {
      try (FSDataOutputStream out = system.create(staged, true)) {
        out.write(state.written());
        if (out.hasCapability(StreamCapabilities.HSYNC)) {
          out.hsync();
        }
      }
      if (system.exists(place) || !system.rename(staged, place)) {
        throw new RunHeldException(
            "Cannot keep rows in \"%s\": another preparation has put %s there meanwhile; run again when it has ended"
                .formatted(folder, place.getName()));
      }
    } catch (IOException failure) {
      throw notWritable(folder.toString(), failure);
    }
  }

  @Override
  public void close() {
    lock.ifPresent(FolderLock::close);
  }

  private List<Path> states() throws IOException {
    List<Path> states = new ArrayList<>();
    for (FileStatus entry : system.listStatus(folder)) {
      if (STATE.matcher(entry.getPath().getName()).matches()) {
        states.add(entry.getPath());
      }
    }
    states.sort(null);
    return states;
  }

  private static String name(int number) {
    return "state-%s.json".formatted(eightDigits(number));
  }

  /** A number as names of states and parts have it. */
  static String eightDigits(int number) {
    String digits = Integer.toString(number);
    return "0".repeat(Math.max(0, 8 - digits.length())) + digits;
  }

  private static UserInputException notWritable(String directory, IOException failure) {
    return new UserInputException(
        "Cannot keep rows in \"%s\": %s; name a folder in data.prepared that the driver and the executors may write"
            .formatted(directory, FileFailure.reason(failure)),
        failure);
  }
}
