package dev.rankwise.pipeline.checkpoint;

import dev.rankwise.models.failure.CommitUnknownException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.FolderLock;
import dev.rankwise.models.format.StagedDirectory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Comparator;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A run folder on this host's file systems. Files and folders are staged out of sight, forced to
 * the disk, and renamed into place: a reader sees the old one or the new one, never a part.
 */
public final class LocalRunFolder implements RunFolder {
  private static final String STAGING = "staging";
  private static final String REPLACED = ".replaced";

  private final Path directory;
  private final Path staging;
  private final FolderLock lock;
  private final RunLock lease;

  private LocalRunFolder(Path directory, Path staging, FolderLock lock, RunLock lease) {
    this.directory = directory;
    this.staging = staging;
    this.lock = lock;
    this.lease = lease;
  }

  /**
   * Makes {@code directory} this process's run folder until it is closed. Between processes of one
   * host the operating system's lock decides, between hosts a lease.
   *
   * @throws UserInputException if it was made by somebody else or by another version, or cannot be
   *     written
   * @throws dev.rankwise.models.failure.RunHeldException if another run holds it
   */
  static LocalRunFolder claim(Path directory, Clock clock) {
    Path absolute = directory.toAbsolutePath().normalize();
    Path control = absolute.resolve(CONTROL);
    try {
      refuseForeign(absolute, control);
      Files.createDirectories(control);
      FolderLock lock = FolderLock.acquireOnThisHost(directory, control, clock);
      boolean claimed = false;
      try {
        Storage storage = new LocalStorage(control, directory.toString());
        RunLock lease = RunLock.acquire(storage, 0, RunLock.LEASE, clock);
        try {
          tidyUp(absolute, control);
          claimed = true;
        } finally {
          if (!claimed) {
            lease.close();
          }
        }
        lease.keepRenewing();
        return new LocalRunFolder(absolute, control.resolve(STAGING), lock, lease);
      } finally {
        if (!claimed) {
          lock.close();
        }
      }
    } catch (IOException e) {
      throw new UserInputException(
          "Cannot write to %s: %s; choose an output directory that you may write to"
              .formatted(directory, FileFailure.reason(e)),
          e);
    }
  }

  /** Which process writes into a run folder now, in words; empty if none is known to. */
  public static Optional<String> writer(Path directory) {
    return FolderLock.holder(directory.resolve(CONTROL));
  }

  private static void tidyUp(Path directory, Path control) throws IOException {
    FolderMark.write(control);
    Path staging = control.resolve(STAGING);
    restoreReplaced(directory, staging);
    // What else is staged was left by a run that died meanwhile: nobody has seen it.
    deleteTree(staging);
    deleteStagedFiles(directory);
    Files.createDirectories(staging);
  }

  /** Puts back what a run had moved away when it died before the new one was in its place. */
  private static void restoreReplaced(Path directory, Path staging) throws IOException {
    if (!Files.isDirectory(staging)) {
      return;
    }
    try (DirectoryStream<Path> replaced = Files.newDirectoryStream(staging, "*" + REPLACED + "*")) {
      for (Path former : replaced) {
        String name = former.getFileName().toString();
        Path target = directory.resolve(name.substring(0, name.indexOf(REPLACED)));
        if (!Files.exists(target)) {
          Files.move(former, target, StandardCopyOption.ATOMIC_MOVE);
        }
      }
    }
  }

  private static void refuseForeign(Path directory, Path control) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    if (!Files.isDirectory(directory)) {
      throw new UserInputException(
          "Cannot write to %s: it is a file; choose another output directory".formatted(directory));
    }
    FolderMark.refuseOther(directory, control);
    if (FolderMark.isIn(control)) {
      return;
    }
    // A run that dies before it has marked its new folder leaves nothing but the control folder.
    try (Stream<Path> entries = Files.list(directory)) {
      if (entries.anyMatch(entry -> !entry.equals(control))) {
        throw new UserInputException(
            ("Cannot write to %s: it holds files that Rankwise did not make; choose another output"
                    + " directory, or empty this one")
                .formatted(directory));
      }
    }
  }

  /** The folder itself. */
  public Path directory() {
    return directory;
  }

  /** Where {@code name} lies once it is committed. */
  public Path resolve(String name) {
    return directory.resolve(RunFolder.checked(name));
  }

  @Override
  public String address() {
    return directory.toString();
  }

  @Override
  public String address(String name) {
    return resolve(name).toString();
  }

  @Override
  public boolean holds(String name) {
    return Files.exists(resolve(name));
  }

  @Override
  public Optional<byte[]> read(String name, long most) {
    Path file = resolve(name);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(new LocalStorage(directory).read(name, most));
    } catch (IOException e) {
      throw FileFailure.reading(file, e);
    }
  }

  @Override
  public void commitFile(String name, byte[] content) {
    lease.requireNotOvertaken();
    AtomicFile.write(resolve(name), content);
  }

  @Override
  public void commitDirectory(String name, DirectoryWriter writer) {
    lease.renew();
    Path target = resolve(name);
    Path filled = staging.resolve(unique(name));
    Path replaced = staging.resolve(unique(name + REPLACED));
    try {
      try (StagedDirectory staged = StagedDirectory.beside(filled)) {
        writer.write(staged.path());
        staged.commit();
      }
      if (Files.exists(target)) {
        Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
        force();
      }
      putInPlace(filled, target, replaced);
      // Both names are on the disk before what could be put back goes.
      force();
      deleteTree(replaced);
    } catch (IOException e) {
      throw FileFailure.writing(target, e);
    } catch (UserInputException e) {
      // What the writer names lies in the staging folder, of which the user knows nothing.
      throw e.getCause() instanceof IOException cause ? FileFailure.writing(target, cause) : e;
    }
  }

  @Override
  public void append(String name, String file, byte[] content) {
    lease.requireNotOvertaken();
    Path target = resolve(name).resolve(RunFolder.checked(file));
    try {
      Files.createDirectories(target.getParent());
      Files.write(target, content, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw FileFailure.writing(target, e);
    }
  }

  /** Forces the names of what lies in the folder, and of what was moved away, to the disk. */
  private void force() throws IOException {
    AtomicFile.forceDirectory(staging);
    AtomicFile.forceDirectory(directory);
  }

  static void putInPlace(Path staged, Path target, Path replaced) throws IOException {
    try {
      Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (!Files.exists(replaced)) {
        throw e;
      }
      throw new CommitUnknownException(
          ("Cannot put %s into place: %s; the former one lies at %s and the new one at %s; move one"
                  + " of them there by hand")
              .formatted(target, e.getMessage(), replaced, staged),
          e);
    }
  }

  @Override
  public void close() {
    lease.close();
    lock.close();
  }

  private static String unique(String name) {
    return name + "." + UUID.randomUUID();
  }

  private static void deleteStagedFiles(Path directory) throws IOException {
    try (DirectoryStream<Path> staged =
        Files.newDirectoryStream(directory, AtomicFile.STAGED + "*")) {
      for (Path file : staged) {
        deleteTree(file);
      }
    }
  }

  private static void deleteTree(Path root) throws IOException {
    if (Files.exists(root)) {
      try (Stream<Path> paths = Files.walk(root)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
