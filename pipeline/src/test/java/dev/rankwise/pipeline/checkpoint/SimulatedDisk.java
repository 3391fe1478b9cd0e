package dev.rankwise.pipeline.checkpoint;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A disk behind a cache that forgets. When the machine goes down, of each file that was not forced
 * to the disk nothing is left, or zeros, or its begin, or all with a bit turned over; of each
 * folder's entries that were not forced any are left, in any combination, whatever their order was.
 */
final class SimulatedDisk implements FaultyStorage {
  private static final long NEVER = Long.MAX_VALUE;

  private final Node root;
  private long operations;
  private long crashAt = NEVER;
  private long syncs;
  private long failSyncAt = NEVER;
  private long room = NEVER;
  private int faults;

  /** A file or a folder: what it is now, and what of it is on the disk. */
  private static final class Node {
    private final boolean folder;
    private byte[] content = {};
    private byte[] durable = {};
    private boolean forgotten;
    private final SortedMap<String, Node> entries = new TreeMap<>();
    private final SortedMap<String, Node> durableEntries = new TreeMap<>();
    private final List<Change> changes = new ArrayList<>();

    Node(boolean folder) {
      this.folder = folder;
    }
  }

  /** A change of a folder's entries that is not on the disk: {@code null} for no such name. */
  private record Change(String removed, String added, Node node) {
    void applyTo(Map<String, Node> entries) {
      if (removed != null) {
        entries.remove(removed);
      }
      if (added != null) {
        entries.put(added, node);
      }
    }
  }

  SimulatedDisk() {
    this(new Node(true));
  }

  private SimulatedDisk(Node root) {
    this.root = root;
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
    return "disk";
  }

  @Override
  public List<String> list(String folder) {
    Node node = find(folder);
    return node == null ? List.of() : List.copyOf(node.entries.keySet());
  }

  @Override
  public boolean isFolder(String name) {
    Node node = find(name);
    return node != null && node.folder;
  }

  @Override
  public void create(String file, byte[] content) throws IOException {
    boolean last = begin();
    Node folder = folders(parent(file));
    if (folder.entries.containsKey(name(file))) {
      throw new FileAlreadyExistsException(file);
    }
    Node node = new Node(false);
    change(folder, new Change(null, name(file), node));
    int fits = (int) Math.min(content.length, Math.max(0, room));
    node.content = Arrays.copyOf(content, last ? fits / 2 : fits);
    room -= room == NEVER ? 0 : fits;
    end(last);
    if (fits < content.length) {
      faults++;
      throw new IOException("No space left on device");
    }
  }

  /** What a rename over a file does that was forced to the disk, and a sync of the folder. */
  /** A file has all of its content at once here. */
  @Override
  public void createWhole(String file, byte[] content) throws IOException {
    create(file, content);
  }

  @Override
  public void replace(String file, byte[] content) throws IOException {
    end(begin());
    if (content.length > room) {
      faults++;
      throw new IOException("No space left on device");
    }
    room -= room == NEVER ? 0 : content.length;
    Node node = new Node(false);
    node.content = content.clone();
    node.durable = node.content;
    change(folders(parent(file)), new Change(null, name(file), node));
    for (String folder = parent(file); ; folder = parent(folder)) {
      force(required(folder));
      if (folder.isEmpty()) {
        return;
      }
    }
  }

  @Override
  public void sync(String name) throws IOException {
    boolean last = begin();
    end(last);
    Node node = required(name);
    if (syncs++ == failSyncAt) {
      faults++;
      // The kernel tells of a lost page once, and takes it for clean from then on.
      node.forgotten = true;
      throw new IOException("Input/output error");
    }
    if (node.forgotten) {
      return;
    }
    force(node);
  }

  private static void force(Node node) {
    if (node.folder) {
      node.durableEntries.clear();
      node.durableEntries.putAll(node.entries);
      node.changes.clear();
    } else {
      node.durable = node.content;
    }
  }

  @Override
  public byte[] read(String file, long most) throws IOException {
    Node node = required(file);
    LocalStorage.requireAtMost(file, node.content.length, most);
    return node.content.clone();
  }

  @Override
  public void rename(String folder, String to) throws IOException {
    boolean last = begin();
    end(last);
    Node node = required(folder);
    if (find(to) != null) {
      throw new FileAlreadyExistsException(to);
    }
    change(required(parent(folder)), new Change(name(folder), name(to), node));
  }

  @Override
  public void delete(String name) throws IOException {
    Node node = find(name);
    if (node == null) {
      return;
    }
    for (String entry : List.copyOf(node.entries.keySet())) {
      delete(name + "/" + entry);
    }
    boolean last = begin();
    end(last);
    change(required(parent(name)), new Change(name(name), null, null));
  }

  @Override
  public SimulatedDisk afterCrash(long seed) {
    return new SimulatedDisk(survivor(root, new Random(seed)));
  }

  private static Node survivor(Node node, Random random) {
    Node left = new Node(node.folder);
    if (node.folder) {
      SortedMap<String, Node> entries = new TreeMap<>(node.durableEntries);
      for (Change change : node.changes) {
        if (random.nextBoolean()) {
          change.applyTo(entries);
        }
      }
      entries.forEach((name, child) -> left.entries.put(name, survivor(child, random)));
      left.durableEntries.putAll(left.entries);
    } else {
      left.content = Arrays.equals(node.content, node.durable) ? node.durable : torn(node, random);
      left.durable = left.content;
    }
    return left;
  }

  private static byte[] torn(Node node, Random random) {
    byte[] written = node.content.clone();
    return switch (random.nextInt(5)) {
      case 0 -> node.durable;
      case 1 -> new byte[written.length];
      case 2 -> Arrays.copyOf(written, random.nextInt(written.length + 1));
      case 3 -> turned(written, random);
      default -> written;
    };
  }

  private static byte[] turned(byte[] written, Random random) {
    if (written.length > 0) {
      written[random.nextInt(written.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return written;
  }

  /** Whether the machine goes down in this operation. */
  private boolean begin() {
    return operations++ >= crashAt;
  }

  private void end(boolean crashes) {
    if (crashes) {
      faults += faults == 0 ? 1 : 0;
      throw new Crash(operations - 1);
    }
  }

  private static void change(Node folder, Change change) {
    change.applyTo(folder.entries);
    folder.changes.add(change);
  }

  private Node folders(String path) {
    Node node = root;
    for (String part : parts(path)) {
      Node next = node.entries.get(part);
      if (next == null) {
        next = new Node(true);
        change(node, new Change(null, part, next));
      }
      node = next;
    }
    return node;
  }

  private Node find(String path) {
    Node node = root;
    for (String part : parts(path)) {
      node = node == null ? null : node.entries.get(part);
    }
    return node;
  }

  private Node required(String path) throws NoSuchFileException {
    Node node = find(path);
    if (node == null) {
      throw new NoSuchFileException(path);
    }
    return node;
  }

  private static List<String> parts(String path) {
    return path.isEmpty() ? List.of() : List.of(path.split("/"));
  }

  private static String parent(String path) {
    return path.contains("/") ? path.substring(0, path.lastIndexOf('/')) : "";
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
