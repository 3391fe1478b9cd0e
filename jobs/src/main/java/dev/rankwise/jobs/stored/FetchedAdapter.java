package dev.rankwise.jobs.stored;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.adapters.peft.PeftConfig;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.shard.ManifestJson;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.pipeline.checkpoint.CommitStrategy;
import dev.rankwise.pipeline.checkpoint.RemoteRunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;

/**
 * An adapter on a file system that is reached by address, alone or in its run folder, brought to
 * this host for the time of this process: adapters are read by code that knows paths. Of a run its
 * figures come along, of its rows the manifest alone.
 */
public final class FetchedAdapter {
  private static final Pattern ADDRESS =
      Pattern.compile("(?!file:|jar:|hf:)[A-Za-z][A-Za-z0-9+.-]+:/.*");
  private static final long MOST_LISTED_BYTES = 16L << 20;

  private static final List<String> OF_A_RUN =
      List.of(
          RunFiles.RECIPE,
          RunFiles.RESULT,
          RunFiles.LINEAGE,
          RunFiles.EVALUATION,
          RunFiles.METRICS,
          RunFiles.DATA + "/" + ManifestJson.FILE);

  /** Where the folders of this process come from. */
  private static final Map<Path, String> ADDRESSES = new ConcurrentHashMap<>();

  private FetchedAdapter() {}

  /** Whether a text names something on a file system that is reached by address. */
  public static boolean isAddress(String named) {
    return ADDRESS.matcher(named).matches();
  }

  /** Whether an adapter, or a run folder with one, lies at an address. */
  public static boolean isThere(String address) {
    org.apache.hadoop.fs.Path folder = new org.apache.hadoop.fs.Path(address);
    try {
      FileSystem system = folder.getFileSystem(SparkBases.configuration());
      return isAdapter(system, folder) || isRun(system, folder);
    } catch (IOException | RuntimeException e) {
      // Whatever it is, it is not ours; who takes it for a base is told why it cannot be read.
      return false;
    }
  }

  /**
   * The path at which something lies: that which was named, or that of a copy which was made of
   * what is elsewhere.
   *
   * @throws UserInputException if no adapter lies there, or it cannot be read
   * @throws CorruptFileException if it is not whole, or not what was written
   */
  public static Path path(String named) {
    return isAddress(named) ? fetch(named) : Path.of(named);
  }

  /** What a user calls a path, with a folder that was fetched by its address. */
  public static String shown(Path path) {
    String address = ADDRESSES.get(path);
    return address == null ? path.toString() : address;
  }

  /** Whether a folder is such a copy. */
  static boolean isFetched(Path path) {
    return ADDRESSES.containsKey(path);
  }

  private static Path fetch(String address) {
    try {
      org.apache.hadoop.fs.Path folder = new org.apache.hadoop.fs.Path(address);
      FileSystem system = folder.getFileSystem(SparkBases.configuration());
      Path parent = Files.createTempDirectory("rankwise-fetched-");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> FileUtil.fullyDelete(parent.toFile())));
      Path copy = Files.createDirectory(parent.resolve(folder.getName()));
      ADDRESSES.put(copy, system.makeQualified(folder).toString());
      if (isRun(system, folder)) {
        fetchRun(system, folder, copy);
      } else if (isAdapter(system, folder)) {
        fetchAdapter(system, folder, copy);
      } else {
        throw new UserInputException(
            ("No adapter lies at %s: it needs %s, there or in %s; name a run folder or an adapter, and"
                    + " a whole model by its own folder, as a base")
                .formatted(Redaction.shown(address), PeftConfig.FILE, RunFiles.ADAPTER));
      }
      return copy;
    } catch (IOException e) {
      throw FileFailure.reading(Redaction.shown(address), e);
    } catch (IllegalArgumentException e) {
      throw new UserInputException(
          "Cannot use \"%s\" as an address: %s; name another one"
              .formatted(Redaction.shown(address), Redaction.withoutSecrets(e.getMessage())),
          e);
    }
  }

  private static org.apache.hadoop.fs.Path inRun(org.apache.hadoop.fs.Path folder) {
    return new org.apache.hadoop.fs.Path(folder, RunFiles.ADAPTER);
  }

  private static boolean isAdapter(FileSystem system, org.apache.hadoop.fs.Path folder)
      throws IOException {
    return system.exists(new org.apache.hadoop.fs.Path(folder, PeftConfig.FILE));
  }

  private static boolean isRun(FileSystem system, org.apache.hadoop.fs.Path folder)
      throws IOException {
    return isAdapter(system, inRun(folder))
        || system.exists(new org.apache.hadoop.fs.Path(folder, RunFiles.RESULT));
  }

  private static void fetchRun(FileSystem system, org.apache.hadoop.fs.Path folder, Path copy)
      throws IOException {
    for (String name : OF_A_RUN) {
      org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(folder, name);
      if (system.exists(file)) {
        copy(system, file, copy.resolve(name));
      }
    }
    if (system.exists(inRun(folder))) {
      fetchAdapter(system, inRun(folder), copy.resolve(RunFiles.ADAPTER));
    }
  }

  /**
   * Where nothing is renamed, a run's adapter is whole if its last file says so, and a registered
   * version's if the last file of that version does, which lists all that is in it.
   */
  private static void fetchAdapter(FileSystem system, org.apache.hadoop.fs.Path folder, Path copy)
      throws IOException {
    copyAll(system, folder, copy);
    Path committed = copy.resolve(RemoteRunFolder.COMMITTED);
    boolean marks =
        CommitStrategy.ofScheme(system.getUri().getScheme()) == CommitStrategy.MARKER
            && system.exists(new org.apache.hadoop.fs.Path(folder.getParent(), RunFiles.RESULT));
    org.apache.hadoop.fs.Path ofVersion =
        new org.apache.hadoop.fs.Path(folder.getParent(), RemoteRunFolder.COMMITTED);
    String within = "";
    if (!Files.exists(committed) && system.exists(ofVersion)) {
      copy(system, ofVersion, committed);
      within = folder.getName() + "/";
    }
    if (!Files.exists(committed)) {
      if (marks) {
        throw new CorruptFileException(
            ("Cannot read the adapter at %s: it has no file %s, so it is being written or its writer"
                    + " died; wait, or run the same command again")
                .formatted(folder, RemoteRunFolder.COMMITTED));
      }
      return;
    }
    for (Map.Entry<String, JsonNode> file :
        StrictJson.read(committed, MOST_LISTED_BYTES).properties()) {
      if (!file.getKey().startsWith(within)) {
        continue;
      }
      Path here = copy.resolve(file.getKey().substring(within.length())).normalize();
      if (!here.startsWith(copy)
          || !Files.isRegularFile(here)
          || !Sha256.ofFile(here).equals(file.getValue().path("sha256").asText())) {
        throw new CorruptFileException(
            "File %s of the adapter at %s is not what was written; tune it again"
                .formatted(file.getKey(), folder));
      }
    }
    Files.delete(committed);
  }

  private static void copyAll(FileSystem system, org.apache.hadoop.fs.Path from, Path to)
      throws IOException {
    Files.createDirectories(to);
    for (FileStatus entry : system.listStatus(from)) {
      Path target = to.resolve(entry.getPath().getName());
      if (entry.isDirectory()) {
        copyAll(system, entry.getPath(), target);
      } else {
        copy(system, entry.getPath(), target);
      }
    }
  }

  private static void copy(FileSystem system, org.apache.hadoop.fs.Path from, Path to)
      throws IOException {
    Files.createDirectories(to.getParent());
    try (FSDataInputStream in = system.open(from)) {
      Files.copy(in, to);
    }
  }
}
