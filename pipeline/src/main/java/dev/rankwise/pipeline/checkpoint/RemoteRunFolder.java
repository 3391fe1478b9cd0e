package dev.rankwise.pipeline.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.failure.CommitUnknownException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A run folder on a file system that is reached by address. What a folder is to hold is written on
 * this host first, in Java's temporary folder; {@link CommitStrategy} says how it is put in place.
 *
 * <pre>
 *   RENAME   .staged-NAME ──▶ NAME, the former one by way of .replaced-NAME
 *   MARKER   .rankwise/begun/NAME ──▶ files of NAME ──▶ NAME/committed ──▶ the mark begun is removed
 * </pre>
 *
 * <p>Where nothing can be renamed, the former folder is gone once the new one begins, and one that
 * has no file {@value #COMMITTED} is not whole: the next who claims the run folder removes it.
 */
public final class RemoteRunFolder implements RunFolder {
  /** The last file of a folder on an object store: size and SHA-256 of all others. */
  public static final String COMMITTED = "committed";

  private static final String STAGED = ".staged-";
  private static final String REPLACED = ".replaced-";
  private static final String BEGUN = CONTROL + "/begun";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Storage storage;
  private final CommitStrategy strategy;
  private final RunLock lease;

  /** What this process appends to, whole: not every file system can put bytes behind others. */
  private final Map<String, ByteArrayOutputStream> growing = new HashMap<>();

  private RemoteRunFolder(Storage storage, CommitStrategy strategy, RunLock lease) {
    this.storage = storage;
    this.strategy = strategy;
    this.lease = lease;
  }

  /**
   * Makes the folder of {@code storage} this process's run folder, and closes the storage with it.
   * A lease decides between processes, wherever they run; a holder on another host is given the
   * time of its lease to be heard of.
   *
   * @throws UserInputException if it was made by somebody else or by another version, or cannot be
   *     written
   * @throws dev.rankwise.models.failure.RunHeldException if another run holds it
   */
  public static RemoteRunFolder claim(Storage storage, CommitStrategy strategy, Clock clock) {
    RunLock.awaitSilence(new StoredFolder(storage, CONTROL), RunLock.LEASE, clock, RunLock.PAUSE);
    RemoteRunFolder folder = taken(storage, strategy, clock);
    folder.lease.keepRenewing();
    return folder;
  }

  /** The same, but its lock is renewed with each folder only. */
  static RemoteRunFolder taken(Storage storage, CommitStrategy strategy, Clock clock) {
    boolean claimed = false;
    try {
      RunLock lease = held(storage, clock);
      try {
        RemoteRunFolder folder = new RemoteRunFolder(storage, strategy, lease);
        folder.tidyUp();
        claimed = true;
        return folder;
      } finally {
        if (!claimed) {
          lease.close();
        }
      }
    } catch (IOException e) {
      throw new UserInputException(
          "Cannot write to %s: %s; choose an output directory that you may write to"
              .formatted(storage.shown(), FileFailure.reason(e)),
          e);
    } finally {
      if (!claimed) {
        storage.close();
      }
    }
  }

  private static RunLock held(Storage storage, Clock clock) throws IOException {
    Storage control = new StoredFolder(storage, CONTROL);
    boolean marked = control.list("").contains(FolderMark.NAME);
    if (marked) {
      String text =
          new String(control.read(FolderMark.NAME, FolderMark.MOST_BYTES), StandardCharsets.UTF_8);
      FolderMark.require(storage.shown(), CONTROL + "/" + FolderMark.NAME, text);
    } else if (storage.list("").stream().anyMatch(name -> !name.equals(CONTROL))) {
      // A run that dies before it has marked its new folder leaves nothing but the control folder.
      throw new UserInputException(
          ("Cannot write to %s: it holds files that Rankwise did not make; choose another output"
                  + " directory, or empty this one")
              .formatted(storage.shown()));
    }
    return RunLock.acquire(control, 0, RunLock.LEASE, clock);
  }

  /** Marks the folder, and clears what a run that died meanwhile had begun: nobody may use it. */
  private void tidyUp() throws IOException {
    if (!holds(CONTROL, FolderMark.NAME)) {
      storage.replace(
          CONTROL + "/" + FolderMark.NAME, FolderMark.text().getBytes(StandardCharsets.UTF_8));
    }
    List<String> entries = storage.list("");
    for (String entry : entries) {
      if (entry.startsWith(REPLACED) && !entries.contains(entry.substring(REPLACED.length()))) {
        storage.rename(entry, entry.substring(REPLACED.length()));
      } else if (entry.startsWith(REPLACED) || entry.startsWith(STAGED)) {
        storage.delete(entry);
      }
    }
    for (String name : storage.list(BEGUN)) {
      if (!holds(name, COMMITTED)) {
        storage.delete(name);
      }
      storage.delete(BEGUN + "/" + name);
    }
    storage.sync("");
  }

  @Override
  public String address() {
    return storage.shown();
  }

  @Override
  public String address(String name) {
    return storage.shown() + "/" + RunFolder.checked(name);
  }

  @Override
  public boolean holds(String name) {
    try {
      return holds("", RunFolder.checked(name));
    } catch (IOException e) {
      throw FileFailure.reading(address(), e);
    }
  }

  private boolean holds(String folder, String name) throws IOException {
    return storage.list(folder).contains(name);
  }

  @Override
  public Optional<byte[]> read(String name, long most) {
    if (!holds(name)) {
      return Optional.empty();
    }
    try {
      return Optional.of(storage.read(name, most));
    } catch (IOException e) {
      throw FileFailure.reading(address(name), e);
    }
  }

  @Override
  public void commitFile(String name, byte[] content) {
    lease.requireNotOvertaken();
    try {
      storage.replace(RunFolder.checked(name), content);
    } catch (IOException e) {
      throw FileFailure.writing(address(name), e);
    }
  }

  @Override
  public void commitDirectory(String name, DirectoryWriter writer) {
    lease.renew();
    String target = RunFolder.checked(name);
    growing.keySet().removeIf(file -> file.startsWith(target + "/"));
    try {
      Path filled = Files.createTempDirectory("rankwise-" + target);
      try {
        fill(filled, writer);
        SortedMap<String, Path> files = filesIn(filled);
        // What takes minutes on the way may have taken longer than the lease.
        lease.renew();
        switch (strategy) {
          case RENAME -> rename(target, files);
          case MARKER -> mark(target, files);
        }
      } finally {
        new LocalStorage(filled).delete("");
      }
    } catch (IOException e) {
      throw FileFailure.writing(address(name), e);
    }
  }

  /** What fails here fails on this host's disk, and is told so. */
  private static void fill(Path folder, DirectoryWriter writer) {
    try {
      writer.write(folder);
    } catch (IOException e) {
      throw FileFailure.writing(folder, e);
    }
  }

  private void rename(String target, SortedMap<String, Path> files) throws IOException {
    String staged = STAGED + target;
    String replaced = REPLACED + target;
    storage.delete(staged);
    put(staged, files);
    lease.renew();
    if (holds("", target)) {
      storage.delete(replaced);
      storage.rename(target, replaced);
    }
    // Without a file there is no folder.
    if (!files.isEmpty()) {
      putInPlace(staged, target, replaced);
    }
    storage.sync("");
    storage.delete(replaced);
  }

  private void putInPlace(String staged, String target, String replaced) throws IOException {
    try {
      storage.rename(staged, target);
    } catch (IOException e) {
      if (!holds("", replaced)) {
        throw e;
      }
      throw new CommitUnknownException(
          ("Cannot put %s into place: %s; the former one lies beside it as %s and the new one as"
                  + " %s; give one of them its name by hand")
              .formatted(address(target), FileFailure.reason(e), replaced, staged),
          e);
    }
  }

  private void mark(String target, SortedMap<String, Path> files) throws IOException {
    ObjectNode card = JSON.createObjectNode();
    for (Map.Entry<String, Path> file : files.entrySet()) {
      card.putObject(file.getKey())
          .put("bytes", Files.size(file.getValue()))
          .put("sha256", Sha256.ofFile(file.getValue()));
    }
    storage.replace(BEGUN + "/" + target, new byte[0]);
    if (holds("", target)) {
      // Without this file the former one counts for nothing, however far its removal gets.
      storage.delete(target + "/" + COMMITTED);
      storage.sync(target);
      storage.delete(target);
      storage.sync("");
    }
    put(target, files);
    lease.renew();
    storage.replace(
        target + "/" + COMMITTED, (card.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
    storage.delete(BEGUN + "/" + target);
  }

  private void put(String folder, SortedMap<String, Path> files) throws IOException {
    for (Map.Entry<String, Path> file : files.entrySet()) {
      String name = folder + "/" + file.getKey();
      storage.create(name, file.getValue());
      storage.sync(name);
      for (int end = name.lastIndexOf('/'); end >= 0; end = name.lastIndexOf('/', end - 1)) {
        storage.sync(name.substring(0, end));
      }
    }
    storage.sync("");
  }

  /** All files below a folder by their names in it, with {@code /} between their parts. */
  private static SortedMap<String, Path> filesIn(Path folder) throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path :
          paths.filter(Files::isRegularFile).sorted(Comparator.naturalOrder()).toList()) {
        files.put(folder.relativize(path).toString(), path);
      }
    }
    return files;
  }

  @Override
  public void append(String name, String file, byte[] content) {
    lease.requireNotOvertaken();
    String target = RunFolder.checked(name) + "/" + RunFolder.checked(file);
    try {
      ByteArrayOutputStream whole = growing.get(target);
      if (whole == null) {
        whole = new ByteArrayOutputStream();
        if (holds(name, file)) {
          whole.writeBytes(storage.read(target, Integer.MAX_VALUE));
        }
        growing.put(target, whole);
      }
      whole.writeBytes(content);
      storage.replace(target, whole.toByteArray());
    } catch (IOException e) {
      throw FileFailure.writing(address(name) + "/" + file, e);
    }
  }

  @Override
  public void close() {
    lease.close();
    storage.close();
  }
}
