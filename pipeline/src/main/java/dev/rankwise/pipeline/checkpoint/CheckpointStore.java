package dev.rankwise.pipeline.checkpoint;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.pipeline.reduce.FloatBytes;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.ChecksumException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one run: each appears whole or not at all, and the newest one that is whole
 * counts.
 *
 * <pre>
 *   write ──▶ force to the disk ──▶ read back, compare hashes ──▶ commit ──▶ remove older ones
 * </pre>
 *
 * <p>A checkpoint is a folder with a file for each vector, a manifest with their hashes, and the
 * file {@value #COMMITTED} with the hash of the manifest. {@link CommitStrategy} says what commits
 * it: the folder is renamed into its place, or that last file is written. In both cases it counts
 * only if every hash is right, so what a crash, a full disk or a bad cable left of it is passed
 * over.
 */
public final class CheckpointStore {
  /** The file that makes a checkpoint one: it holds the SHA-256 of the manifest. */
  static final String COMMITTED = "committed";

  /** Says that the run of a checkpoint came to its end. */
  private static final String FINISHED = "finished";

  private static final String STAGED = ".staged-";
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);

  private final Storage storage;
  private final CommitStrategy strategy;
  private final int kept;
  private final FaultPoint.Listener faults;

  /**
   * Checkpoints in a folder.
   *
   * @param kept how many of the newest stay, at least 1
   * @param faults is told of every point of a commit
   */
  public CheckpointStore(
      Storage storage, CommitStrategy strategy, int kept, FaultPoint.Listener faults) {
    if (kept < 1) {
      throw new UserInputException(
          "Invalid number of checkpoints to keep: " + kept + "; it must be at least 1");
    }
    this.storage = storage;
    this.strategy = strategy;
    this.kept = kept;
    this.faults = faults;
  }

  /** Where they lie, in words. */
  public String shown() {
    return storage.shown();
  }

  /** The highest term that a checkpoint has, whole or not; 0 without one. */
  public long highestTerm() {
    try {
      return names().stream().mapToLong(CheckpointName::term).max().orElse(0);
    } catch (IOException e) {
      throw FileFailure.reading(storage.shown(), e);
    }
  }

  /**
   * Writes a checkpoint and then removes those that are not kept. Nothing is done where that very
   * checkpoint is there already.
   *
   * @param fingerprint what the run's bytes depend on
   * @throws UserInputException if it cannot be written for sure: then the older ones are all there
   */
  public void commit(CheckpointName name, SortedMap<String, String> fingerprint, Snapshot state) {
    String place = name.folder();
    String filled = strategy == CommitStrategy.RENAME ? STAGED + place : place;
    try {
      if (storage.list(place).contains(COMMITTED) && read(name).isPresent()) {
        return;
      }
      storage.delete(filled);
      storage.delete(place);
      fill(filled, new CheckpointManifest(name, fingerprint, state.values(), files(state)), state);
      if (strategy == CommitStrategy.RENAME) {
        storage.rename(filled, place);
      }
      storage.sync("");
    } catch (IOException e) {
      abandon(filled);
      throw FileFailure.writing(storage.shown() + "/" + place, e);
    }
    faults.reached(FaultPoint.CHECKPOINT_COMMITTED);
    retire(name);
    faults.reached(FaultPoint.CHECKPOINTS_RETIRED);
  }

  private void fill(String folder, CheckpointManifest manifest, Snapshot state) throws IOException {
    byte[] card = manifest.toJson();
    List<String> written = new ArrayList<>();
    for (Map.Entry<String, float[]> vector : state.vectors().entrySet()) {
      String file = folder + "/" + CheckpointManifest.VectorFile.nameOf(vector.getKey());
      storage.create(file, FloatBytes.of(vector.getValue()));
      written.add(file);
    }
    storage.create(folder + "/" + CheckpointManifest.FILE, card);
    written.add(folder + "/" + CheckpointManifest.FILE);
    faults.reached(FaultPoint.CHECKPOINT_WRITTEN);
    for (String file : written) {
      storage.sync(file);
    }
    storage.sync(folder);
    faults.reached(FaultPoint.CHECKPOINT_SYNCED);
    String hash = Sha256.ofBytes(card);
    // What the disk gives back must be what was written, before anything depends on it.
    vectors(folder, manifest(folder, hash));
    faults.reached(FaultPoint.CHECKPOINT_VERIFIED);
    storage.create(folder + "/" + COMMITTED, (hash + "\n").getBytes(StandardCharsets.UTF_8));
    storage.sync(folder + "/" + COMMITTED);
    storage.sync(folder);
  }

  /** The manifest as the disk gives it back, if it has that hash. */
  private CheckpointManifest manifest(String folder, String hash) throws IOException {
    String file = folder + "/" + CheckpointManifest.FILE;
    byte[] card = content(folder, CheckpointManifest.FILE, CheckpointManifest.MOST_BYTES);
    if (!Sha256.ofBytes(card).equals(hash)) {
      throw new DamagedFileException(file + " is not what was written");
    }
    return CheckpointManifest.parse(card, file);
  }

  /** The vectors as the disk gives them back, if they have the hashes of the manifest. */
  private SortedMap<String, float[]> vectors(String folder, CheckpointManifest manifest)
      throws IOException {
    SortedMap<String, float[]> vectors = new TreeMap<>();
    for (Map.Entry<String, CheckpointManifest.VectorFile> vector : manifest.files().entrySet()) {
      String name = CheckpointManifest.VectorFile.nameOf(vector.getKey());
      byte[] content = content(folder, name, vector.getValue().bytes());
      if (!Sha256.ofBytes(content).equals(vector.getValue().sha256())) {
        throw new DamagedFileException(folder + "/" + name + " is not what was written");
      }
      vectors.put(vector.getKey(), FloatBytes.toFloats(content));
    }
    return vectors;
  }

  /**
   * What a file of a checkpoint holds. One that is "not found" counts as missing only if its folder
   * does not name it: a process without room for one more open file is told the same.
   */
  private byte[] content(String folder, String name, long most) throws IOException {
    try {
      return storage.read(folder + "/" + name, most);
    } catch (FileNotFoundException | NoSuchFileException e) {
      if (storage.list(folder).contains(name)) {
        throw new IOException(
            "%s is there and cannot be opened: %s".formatted(name, e.getMessage()), e);
      }
      throw new DamagedFileException("%s/%s is missing".formatted(folder, name));
    }
  }

  private void abandon(String folder) {
    try {
      storage.delete(folder);
    } catch (IOException e) {
      // Without its last file it counts for nothing; the next run removes it.
      LOG.warn("Cannot remove the unfinished checkpoint {} in {}", folder, storage.shown(), e);
    }
  }

  /** Says that the run of the newest checkpoint came to its end; without one nothing is said. */
  public void finish() {
    try {
      for (CheckpointName name : names()) {
        List<String> entries = storage.list(name.folder());
        if (entries.contains(COMMITTED)) {
          if (!entries.contains(FINISHED)) {
            storage.create(name.folder() + "/" + FINISHED, new byte[0]);
            storage.sync(name.folder());
          }
          return;
        }
      }
    } catch (IOException e) {
      throw FileFailure.writing(storage.shown(), e);
    }
  }

  /** All that were committed, by number of steps; of as many steps that of the highest term. */
  public List<CheckpointName> committed() {
    try {
      SortedMap<Integer, CheckpointName> bySteps = new TreeMap<>();
      for (CheckpointName name : names()) {
        if (storage.list(name.folder()).contains(COMMITTED)) {
          bySteps.putIfAbsent(name.step(), name);
        }
      }
      return List.copyOf(bySteps.values());
    } catch (IOException e) {
      throw FileFailure.reading(storage.shown(), e);
    }
  }

  /** The checkpoint of that name; empty, and told to the log, if it is not whole. */
  public Optional<Checkpoint> whole(CheckpointName name) {
    return read(name);
  }

  /**
   * The newest checkpoint that is whole; those that are not are told to the log.
   *
   * @throws UserInputException if it cannot be told whether one is, be it that a disk or a server
   *     does not answer, or that another version wrote it
   */
  public Optional<Checkpoint> newest() {
    try {
      for (CheckpointName name : names()) {
        Optional<Checkpoint> whole = read(name);
        if (whole.isPresent()) {
          return whole;
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw FileFailure.reading(storage.shown(), e);
    }
  }

  /** Removes what a run that died had begun to write. Only who holds the lock may do that. */
  public void removeLeftovers() {
    try {
      for (String entry : storage.list("")) {
        Optional<CheckpointName> name = CheckpointName.parse(entry);
        boolean begun = name.isPresent() && !storage.list(entry).contains(COMMITTED);
        if (begun || entry.startsWith(STAGED)) {
          storage.delete(entry);
        }
      }
    } catch (IOException e) {
      throw FileFailure.writing(storage.shown(), e);
    }
  }

  private Optional<Checkpoint> read(CheckpointName name) {
    String folder = name.folder();
    try {
      List<String> entries = storage.list(folder);
      String hash = new String(content(folder, COMMITTED, 100), StandardCharsets.UTF_8).strip();
      CheckpointManifest manifest = manifest(folder, hash);
      if (!manifest.name().equals(name)) {
        throw new CorruptFileException("its manifest is that of " + manifest.name().folder());
      }
      Snapshot state = new Snapshot(vectors(folder, manifest), manifest.values());
      return Optional.of(
          new Checkpoint(name, manifest.fingerprint(), state, entries.contains(FINISHED)));
    } catch (DamagedFileException
        | ChecksumException
        | CorruptFileException
        | IllegalArgumentException e) {
      LOG.warn("Passing over checkpoint {} in {}: {}", folder, storage.shown(), e.getMessage());
      return Optional.empty();
    } catch (IOException e) {
      // It may be whole: who passed it over would begin anew, and in time remove it.
      throw new UserInputException(
          ("Cannot tell whether checkpoint %s in %s is whole: %s; the same command goes on once it can"
                  + " be read, or remove that folder to go on from the one before")
              .formatted(folder, storage.shown(), FileFailure.reason(e)),
          e);
    }
  }

  /**
   * Removes all but the newest that were committed. The one that was just committed was read back
   * and always stays, as does whatever another driver wrote under a higher term, so the last whole
   * one is never removed.
   */
  private void retire(CheckpointName committed) {
    try {
      int newer = 0;
      for (CheckpointName name : names()) {
        boolean counts = storage.list(name.folder()).contains(COMMITTED);
        if (counts && newer >= kept && name.compareTo(committed) < 0) {
          // Without this file it counts for nothing from here on, however far its removal gets.
          storage.delete(name.folder() + "/" + COMMITTED);
          storage.delete(name.folder());
        }
        newer += counts ? 1 : 0;
      }
    } catch (IOException e) {
      LOG.warn("Cannot remove older checkpoints in {}", storage.shown(), e);
    }
  }

  /** All that are there, whole or not, newest first. */
  private List<CheckpointName> names() throws IOException {
    return storage.list("").stream()
        .map(CheckpointName::parse)
        .flatMap(Optional::stream)
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  private static SortedMap<String, CheckpointManifest.VectorFile> files(Snapshot state) {
    SortedMap<String, CheckpointManifest.VectorFile> files = new TreeMap<>();
    state
        .vectors()
        .forEach(
            (name, vector) -> {
              byte[] content = FloatBytes.of(vector);
              files.put(
                  name, new CheckpointManifest.VectorFile(content.length, Sha256.ofBytes(content)));
            });
    return files;
  }
}
