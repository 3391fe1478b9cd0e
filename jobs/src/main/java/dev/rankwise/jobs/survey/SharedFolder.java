package dev.rankwise.jobs.survey;

import dev.rankwise.models.failure.UserInputException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A place that is to be shared, with a folder of the driver's in it for as long as it is looked at.
 * Where the place is not there yet, the nearest folder above it that is there stands for it.
 */
public final class SharedFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SharedFolder.class);
  private static final String NAME = ".rankwise-doctor-";

  private final FileSystem system;
  private final Path folder;
  private final FolderProbe probe;

  private SharedFolder(FileSystem system, Path folder, FolderProbe probe) {
    this.system = system;
    this.folder = folder;
    this.probe = probe;
  }

  /**
   * Makes the folder and the driver's file in it.
   *
   * @param location the place, as it is named: an address, or a path of the default file system
   * @throws UserInputException if the driver cannot write there
   */
  public static SharedFolder in(String location, Configuration files) {
    String token = UUID.randomUUID().toString();
    try {
      Path place = new Path(location);
      FileSystem system = place.getFileSystem(files);
      Path folder = new Path(existing(system, system.makeQualified(place)), NAME + token);
      system.mkdirs(folder);
      system.deleteOnExit(folder);
      try (FSDataOutputStream out = system.create(new Path(folder, FolderProbe.OF_DRIVER))) {
        out.write(token.getBytes(StandardCharsets.UTF_8));
      }
      return new SharedFolder(system, folder, new FolderProbe(location, folder.toString(), token));
    } catch (IOException | RuntimeException e) {
      throw new UserInputException("The driver cannot write there: " + FolderAnswer.words(e), e);
    }
  }

  private static Path existing(FileSystem system, Path place) throws IOException {
    Path found = place;
    while (found.getParent() != null && !isFolder(system, found)) {
      found = found.getParent();
    }
    return found;
  }

  private static boolean isFolder(FileSystem system, Path path) throws IOException {
    try {
      return system.getFileStatus(path).isDirectory();
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  /** What executors are told of it. */
  public FolderProbe probe() {
    return probe;
  }

  /**
   * Those of the executors whose files the driver sees.
   *
   * @param executors their ids
   */
  public Set<String> seen(List<String> executors) {
    Set<String> seen = new TreeSet<>();
    try {
      for (FileStatus file : system.listStatus(folder)) {
        String name = file.getPath().getName();
        executors.stream()
            .filter(executor -> name.startsWith(FolderProbe.ofExecutor(executor)))
            .forEach(seen::add);
      }
    } catch (IOException e) {
      LOG.warn("Cannot list {}", folder, e);
    }
    return seen;
  }

  @Override
  public void close() {
    try {
      system.delete(folder, true);
    } catch (IOException e) {
      LOG.warn("Cannot remove {}; remove it by hand", folder, e);
    }
  }
}
