package dev.rankwise.models.source;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.ProcessLock;
import dev.rankwise.models.format.SafePaths;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StagedDirectory;
import dev.rankwise.models.remote.FetchProgress;
import dev.rankwise.models.remote.RemoteFileSystem;
import dev.rankwise.models.remote.RemoteFileSystem.RemoteFile;
import dev.rankwise.models.remote.RemoteFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Bases on other file systems, copied into the cache once a host and as long as their files do not
 * change.
 */
final class RemoteBases {
  private static final int BLOCK = 1 << 18;

  private final Path cacheRoot;
  private final RemoteFileSystem system;
  private final Clock clock;

  /**
   * Bases of a file system.
   *
   * @param clock measures progress; it has no influence on what is copied
   */
  RemoteBases(Path cacheRoot, RemoteFileSystem system, Clock clock) {
    this.cacheRoot = cacheRoot;
    this.system = system;
    this.clock = clock;
  }

  /**
   * The local copy of a base.
   *
   * @throws UserInputException if there is no such base
   * @throws CorruptFileException if a copy was damaged
   */
  BaseDirectory base(String uri) {
    Listed folder = list(uri);
    return new CacheEntry(cacheRoot, "copy", folder.version())
        .open(target -> choice(folder).fetch(new Copying(folder, target)));
  }

  /** The local copy of a base's configuration; nothing else of it is copied. */
  Path configuration(String uri) {
    Listed listed = list(uri);
    Path folder = cacheRoot.resolve("bases/config-" + listed.version().substring(0, 16));
    if (!Files.exists(folder)) {
      Path lock = folder.resolveSibling("." + folder.getFileName() + ".lock");
      ProcessLock.holding(lock, () -> copyConfiguration(listed, folder));
    }
    return folder.resolve(BaseFiles.CONFIG);
  }

  private Path copyConfiguration(Listed listed, Path folder) {
    if (Files.exists(folder)) {
      return folder;
    }
    StagedDirectory.removeLeftovers(folder);
    try (StagedDirectory staged = StagedDirectory.beside(folder)) {
      choice(listed).fetchConfiguration(new Copying(listed, staged.path()));
      staged.commit();
    }
    return folder;
  }

  private static BaseChoice choice(Listed listed) {
    return new BaseChoice(listed.shown());
  }

  private Listed list(String uri) {
    SortedMap<String, RemoteFile> files = new TreeMap<>();
    system.list(uri).forEach(file -> files.put(file.name(), file));
    return new Listed(uri, files);
  }

  /**
   * A folder elsewhere as it is now.
   *
   * @param files by name
   */
  private record Listed(String uri, SortedMap<String, RemoteFile> files) {
    /** The folder as messages name it: without the user part of its address. */
    String shown() {
      return uri.replaceFirst("^([A-Za-z][A-Za-z0-9+.-]*://)[^/@]*@", "$1");
    }

    /** A hash that changes when the folder does. */
    String version() {
      StringBuilder text = new StringBuilder(uri).append('\n');
      files
          .values()
          .forEach(
              file ->
                  text.append("%s\t%s\t%s\n".formatted(file.name(), file.bytes(), file.version())));
      return Sha256.ofText(text.toString());
    }
  }

  /** Copies files into a folder that is new. */
  private final class Copying implements RemoteFolder {
    private final Listed from;
    private final Path to;

    private Copying(Listed from, Path to) {
      this.from = from;
      this.to = to;
    }

    @Override
    public SortedSet<String> names() {
      return new TreeSet<>(from.files().keySet());
    }

    @Override
    public Path fetch(String name) {
      Path target = SafePaths.named(to, name);
      if (Files.exists(target)) {
        return target;
      }
      RemoteFile file = from.files().get(name);
      String what = "%s of %s".formatted(name, from.shown());
      FetchProgress progress = FetchProgress.of(clock, what, OptionalLong.of(file.bytes()));
      long copied = 0;
      try (InputStream in = system.open(from.uri(), name);
          OutputStream out = Files.newOutputStream(target, StandardOpenOption.CREATE_NEW)) {
        byte[] block = new byte[BLOCK];
        for (int count = in.read(block); count >= 0; count = in.read(block)) {
          out.write(block, 0, count);
          copied += count;
          progress.reached(copied);
        }
      } catch (IOException e) {
        throw new UserInputException(
            "Cannot copy %s to %s: %s; check that this user may read it and that the disk has room"
                .formatted(what, cacheRoot, FileFailure.reason(e)),
            e);
      }
      if (copied != file.bytes()) {
        throw new CorruptFileException(
            "File %s has %s bytes in its folder's list, but %s were read; copy it there again"
                .formatted(what, file.bytes(), copied));
      }
      return target;
    }
  }
}
