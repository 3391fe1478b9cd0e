package dev.rankwise.pipeline.checkpoint;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/**
 * The output of one run, held by one process.
 *
 * <p>A folder is ours if it holds the {@link FolderMark} of this version; one with files but
 * without that mark was made by somebody else and is never written to. What is committed appears
 * whole or not at all, as far as the file system under it can do that.
 */
public sealed interface RunFolder extends AutoCloseable permits LocalRunFolder, RemoteRunFolder {
  /** The folder with the mark, the lock and what is on its way. */
  String CONTROL = ".rankwise";

  /**
   * Makes a folder of this host's file systems this process's run folder until it is closed.
   *
   * @throws dev.rankwise.models.failure.UserInputException if it was made by somebody else or by
   *     another version, or cannot be written
   * @throws dev.rankwise.models.failure.RunHeldException if another run holds it
   */
  static LocalRunFolder claim(Path directory, Clock clock) {
    return LocalRunFolder.claim(directory, clock);
  }

  /** Where it lies: a path of this host, or the full address of a folder elsewhere. */
  String address();

  /** Where {@code name} lies once it is committed, likewise. */
  String address(String name);

  /** Whether something of that name lies in it. */
  boolean holds(String name);

  /**
   * The content of a file in it; empty if there is none.
   *
   * @param most bytes above which it is not read
   * @throws dev.rankwise.models.failure.UserInputException if it cannot be read, or is longer
   */
  Optional<byte[]> read(String name, long most);

  /**
   * Writes one file whole, or leaves the old one.
   *
   * @throws dev.rankwise.models.failure.RunHeldException if a process of another host took over
   */
  void commitFile(String name, byte[] content);

  /**
   * Fills a folder out of sight, on this host, and puts it in the place of {@code name}.
   *
   * @throws dev.rankwise.models.failure.CommitUnknownException if the old folder was moved away and
   *     the new one could not be put into its place
   * @throws dev.rankwise.models.failure.RunHeldException if a process of another host took over
   */
  void commitDirectory(String name, DirectoryWriter writer);

  /**
   * Puts bytes behind what {@code file} in the folder {@code name} holds; both are made if they are
   * missing. For readers that keep a file open; one may see a part of what is written.
   *
   * @throws dev.rankwise.models.failure.RunHeldException if a process of another host took over
   */
  void append(String name, String file, byte[] content);

  /** Gives the folder back. */
  @Override
  void close();

  /** A name that stays in the folder and is none of ours. */
  static String checked(String name) {
    if (name.isBlank() || name.startsWith(".") || name.contains("/") || name.contains("\\")) {
      throw new IllegalArgumentException("Invalid name in a run folder: " + name);
    }
    return name;
  }
}
