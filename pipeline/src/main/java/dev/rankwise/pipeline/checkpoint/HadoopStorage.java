package dev.rankwise.pipeline.checkpoint;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;

/**
 * A folder of a file system that Hadoop knows: HDFS, or an object store.
 *
 * @param system the file system
 * @param root the folder on it
 */
public record HadoopStorage(FileSystem system, Path root) implements Storage {

  @Override
  public String shown() {
    return root.toString();
  }

  @Override
  public List<String> list(String folder) throws IOException {
    List<String> names = new ArrayList<>();
    try {
      for (FileStatus status : system.listStatus(resolve(folder))) {
        names.add(status.getPath().getName());
      }
    } catch (FileNotFoundException e) {
      return List.of();
    }
    Collections.sort(names);
    return List.copyOf(names);
  }

  /** The file is on the disks of its hosts when this returns: HDFS forces it, object stores do. */
  @Override
  public void create(String file, byte[] content) throws IOException {
    try (FSDataOutputStream out = system.create(resolve(file), false)) {
      out.write(content);
      if (out.hasCapability(StreamCapabilities.HSYNC)) {
        out.hsync();
      }
    } catch (org.apache.hadoop.fs.FileAlreadyExistsException e) {
      FileAlreadyExistsException exists = new FileAlreadyExistsException(file);
      exists.initCause(e);
      throw exists;
    }
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

  private Path resolve(String name) {
    return name.isEmpty() ? root : new Path(root, name);
  }
}
