package dev.rankwise.pipeline.checkpoint;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An object store: an object is there whole or not at all once it is put, nothing is forced to a
 * disk, and nothing can be renamed.
 */
final class SimulatedObjects implements FaultyStorage {
  private static final long NEVER = Long.MAX_VALUE;

  private final SortedMap<String, byte[]> objects;
  private long operations;
  private long crashAt = NEVER;
  private long syncs;
  private long failSyncAt = NEVER;
  private long room = NEVER;
  private int faults;

  SimulatedObjects() {
    this(new TreeMap<>());
  }

  private SimulatedObjects(SortedMap<String, byte[]> objects) {
    this.objects = objects;
  }

  @Override
  public long operations() {
    return operations;
  }

  @Override
  public void crashAt(long operation) {
    crashAt = operations + operation;
  }

  @Override
  public void failSyncAt(long sync) {
    failSyncAt = syncs + sync;
  }

  @Override
  public void limit(long bytes) {
    room = bytes;
  }

  @Override
  public int faults() {
    return faults;
  }

  @Override
  public String shown() {
    return "bucket";
  }

  @Override
  public List<String> list(String folder) {
    String prefix = folder.isEmpty() ? "" : folder + "/";
    return objects.keySet().stream()
        .filter(key -> key.startsWith(prefix))
        .map(key -> key.substring(prefix.length()).split("/")[0])
        .distinct()
        .toList();
  }

  @Override
  public boolean isFolder(String name) {
    return !list(name).isEmpty();
  }

  @Override
  public void create(String file, byte[] content) throws IOException {
    if (objects.containsKey(file)) {
      operation();
      throw new FileAlreadyExistsException(file);
    }
    replace(file, content);
  }

  /** A file has all of its content at once here. */
  @Override
  public void createWhole(String file, byte[] content) throws IOException {
    create(file, content);
  }

  @Override
  public void replace(String file, byte[] content) throws IOException {
    operation();
    if (content.length > room) {
      faults++;
      throw new IOException("the bucket's quota is used up");
    }
    room -= room == NEVER ? 0 : content.length;
    objects.put(file, content.clone());
  }

  /** The store's own failures come where a disk's would: nothing is changed by that. */
  @Override
  public void sync(String name) throws IOException {
    if (syncs++ == failSyncAt) {
      faults++;
      throw new IOException("503 slow down");
    }
  }

  @Override
  public byte[] read(String file, long most) throws IOException {
    byte[] content = objects.get(file);
    if (content == null) {
      throw new NoSuchFileException(file);
    }
    LocalStorage.requireAtMost(file, content.length, most);
    return content.clone();
  }

  @Override
  public void rename(String folder, String to) throws IOException {
    throw new IOException("an object store renames nothing");
  }

  @Override
  public void delete(String name) {
    for (String key : List.copyOf(objects.keySet())) {
      if (key.equals(name) || key.startsWith(name + "/")) {
        operation();
        objects.remove(key);
      }
    }
  }

  @Override
  public SimulatedObjects afterCrash(long seed) {
    return new SimulatedObjects(new TreeMap<>(objects));
  }

  private void operation() {
    if (operations++ >= crashAt) {
      faults += faults == 0 ? 1 : 0;
      throw new Crash(operations - 1);
    }
  }
}
