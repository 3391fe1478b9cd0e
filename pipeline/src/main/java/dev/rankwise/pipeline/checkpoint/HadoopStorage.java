package dev.rankwise.pipeline.checkpoint;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A folder of a file system that Hadoop knows: HDFS, or an object store. */
public final class HadoopStorage implements Storage {
  private static final Logger LOG = LoggerFactory.getLogger(HadoopStorage.class);

  /** Hadoop's own: whether its shutdown hook closes a file system. */
  private static final String CLOSED_BY_HADOOP = "fs.automatic.close";

  private static final String STAGED = ".staged-";

  private final FileSystem system;
  private final Path root;
  private Optional<FileContext> context = Optional.empty();

  /**
   * A folder.
   *
   * @param system the file system
   * @param root the folder on it, with its full address
   */
  public HadoopStorage(FileSystem system, Path root) {
    this.system = system;
    this.root = root;
  }

  /**
   * A folder by its address, on a file system that only {@link #close} closes. The one that all
   * users in a process share is closed when the process is asked to end, while a command still has
   * to say how it ended and to give its lock back.
   *
   * @param place its address, with a scheme
   * @param configuration how file systems are reached
   * @throws IOException if there is no such file system, or it cannot be reached
   */
  public static HadoopStorage open(Path place, Configuration configuration) throws IOException {
    Configuration own = new Configuration(configuration);
    own.setBoolean(CLOSED_BY_HADOOP, false);
    FileSystem system = FileSystem.newInstance(place.toUri(), own);
    return new HadoopStorage(system, system.makeQualified(place));
  }

  @Override
  public String shown() {
    return root.toString();
  }

  /** What makes a checkpoint appear whole here. */
  public CommitStrategy strategy() {
    return CommitStrategy.ofScheme(system.getUri().getScheme());
  }

  @Override
  public List<String> list(String folder) throws IOException {
    List<String> names = new ArrayList<>();
    try {
      for (FileStatus status : system.listStatus(resolve(folder))) {
        // Of a file it is told that it holds itself.
        if (status.isFile() && status.getPath().equals(system.makeQualified(resolve(folder)))) {
          throw Storage.fileForFolder(shown(), folder);
        }
        names.add(status.getPath().getName());
      }
    } catch (FileNotFoundException e) {
      return List.of();
    }
    Collections.sort(names);
    return List.copyOf(names);
  }

  @Override
  public boolean isFolder(String name) throws IOException {
    try {
      return system.getFileStatus(resolve(name)).isDirectory();
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  /** The file is on the disks of its hosts when this returns: HDFS forces it, object stores do. */
  @Override
  public void create(String file, byte[] content) throws IOException {
    write(file, out -> out.write(content));
  }

  @Override
  public void create(String file, java.nio.file.Path content) throws IOException {
    write(
        file,
        out -> {
          try (InputStream in = Files.newInputStream(content)) {
            in.transferTo(out);
          }
        });
  }

  private void write(String file, Content content) throws IOException {
    try (FSDataOutputStream out = system.create(resolve(file), false)) {
      fill(out, content);
    } catch (org.apache.hadoop.fs.FileAlreadyExistsException e) {
      throw existing(file, e);
    }
  }

  /** The failure that a storage promises, for Hadoop's of the same name. */
  private static FileAlreadyExistsException existing(
      String file, org.apache.hadoop.fs.FileAlreadyExistsException e) {
    FileAlreadyExistsException exists = new FileAlreadyExistsException(file);
    exists.initCause(e);
    return exists;
  }

  private static void fill(FSDataOutputStream out, Content content) throws IOException {
    content.writeTo(out);
    if (out.hasCapability(StreamCapabilities.HSYNC)) {
      out.hsync();
    }
  }

  /**
   * By a rename, which fails where a file of that name is; an object store puts an object whole.
   */
  @Override
  public void createWhole(String file, byte[] content) throws IOException {
    if (strategy() != CommitStrategy.RENAME) {
      create(file, content);
      return;
    }
    Path target = resolve(file);
    Path filled = new Path(target.getParent(), STAGED + UUID.randomUUID());
    boolean renamed = false;
    try {
      try (FSDataOutputStream out = system.create(filled, false)) {
        fill(out, bytes -> bytes.write(content));
      }
      context().rename(filled, target);
      renamed = true;
    } catch (org.apache.hadoop.fs.FileAlreadyExistsException e) {
      throw existing(file, e);
    } finally {
      if (!renamed) {
        system.delete(filled, false);
      }
    }
  }

  /** By a rename where that is one operation; an object store puts an object whole. */
  @Override
  public void replace(String file, byte[] content) throws IOException {
    Path target = resolve(file);
    boolean renames = strategy() == CommitStrategy.RENAME;
    Path filled = renames ? new Path(target.getParent(), STAGED + target.getName()) : target;
    try (FSDataOutputStream out = system.create(filled, true)) {
      fill(out, bytes -> bytes.write(content));
    }
    if (renames) {
      context().rename(filled, target, Options.Rename.OVERWRITE);
    }
  }

  /** {@link FileSystem} has no rename that replaces; this older door beside it has. */
  private FileContext context() throws IOException {
    if (context.isEmpty()) {
      context = Optional.of(FileContext.getFileContext(system.getUri(), system.getConf()));
    }
    return context.get();
  }

  /** Nothing is left to do: {@link #create} forces content, and the name node journals names. */
  @Override
  public void sync(String name) {}

  @Override
  public byte[] read(String file, long most) throws IOException {
    Path path = resolve(file);
    long bytes = system.getFileStatus(path).getLen();
    LocalStorage.requireAtMost(file, bytes, Math.min(most, Integer.MAX_VALUE - 8));
    byte[] content = new byte[(int) bytes];
    try (FSDataInputStream in = system.open(path)) {
      in.readFully(content);
    }
    return content;
  }

  @Override
  public void rename(String folder, String to) throws IOException {
    Path target = resolve(to);
    // HDFS would move the one folder into the other.
    if (system.exists(target)) {
      throw new FileAlreadyExistsException(to);
    }
    if (!system.rename(resolve(folder), target)) {
      throw new IOException("%s could not be renamed to %s".formatted(folder, to));
    }
  }

  @Override
  public void delete(String name) throws IOException {
    Path path = resolve(name);
    if (!system.delete(path, true) && system.exists(path)) {
      throw new IOException(name + " could not be deleted");
    }
  }

  @Override
  public void close() {
    try {
      system.close();
    } catch (IOException e) {
      // All that was written was forced to the disk when it was.
      LOG.warn("Cannot leave the file system of {}", root, e);
    }
  }

  private Path resolve(String name) {
    return name.isEmpty() ? root : new Path(root, name);
  }

  /** Writes what a file is to hold. */
  @FunctionalInterface
  private interface Content {
    void writeTo(OutputStream out) throws IOException;
  }
}
