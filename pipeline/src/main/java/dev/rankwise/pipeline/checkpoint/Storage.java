package dev.rankwise.pipeline.checkpoint;

import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The few operations that checkpoints and locks are made of, within one folder of some file system
 * or object store.
 *
 * <p>Names are relative to that folder, with {@code /} between them; the empty name is the folder
 * itself. What is not said to be forced to the disk may be lost, whole or in part, when the machine
 * goes down. One process writes; any number read.
 */
public interface Storage extends AutoCloseable {

  /** The folder, in words for people. */
  String shown();

  /**
   * Names of what lies in a folder, sorted; none if there is no such folder.
   *
   * @throws UserInputException if a file lies there
   */
  List<String> list(String folder) throws IOException;

  /** Whether a folder lies there, and not a file or nothing. */
  boolean isFolder(String name) throws IOException;

  /**
   * Makes a file, and the folders above it that are missing.
   *
   * @throws java.nio.file.FileAlreadyExistsException if it exists; of two processes that make the
   *     same file at the same time all but one are told so, but for object stores without an atomic
   *     create
   */
  void create(String file, byte[] content) throws IOException;

  /**
   * Makes a file with the content of one of this host, of any size; else as {@link #create(String,
   * byte[])}.
   */
  default void create(String file, Path content) throws IOException {
    create(file, Files.readAllBytes(content));
  }

  /**
   * Makes a file as {@link #create(String, byte[])} does, and nobody sees it before all of its
   * content is there.
   */
  void createWhole(String file, byte[] content) throws IOException;

  /**
   * Puts a file into the place of the one of its name, or makes it: at once for everybody, and on
   * the disk when this returns.
   */
  void replace(String file, byte[] content) throws IOException;

  /** Forces a file's content, or a folder's entries, to the disk. */
  void sync(String name) throws IOException;

  /**
   * The content of a file.
   *
   * @param most bytes above which it is not read
   * @throws IOException if it is longer than that, or cannot be read
   */
  byte[] read(String file, long most) throws IOException;

  /** Gives a folder another name, at once for everybody; nothing may lie there. */
  void rename(String folder, String to) throws IOException;

  /** Removes a file, or a folder with everything in it; does nothing if it is not there. */
  void delete(String name) throws IOException;

  /** The failure of who looks into a folder where a file of somebody lies. */
  static UserInputException fileForFolder(String shown, String folder) {
    return new UserInputException(
        "Cannot use %s: it is a file, and a folder belongs there; move it away, or name another folder"
            .formatted(folder.isEmpty() ? shown : shown + "/" + folder));
  }

  /** Ends what this holds of the file system; nothing where that is shared. */
  @Override
  default void close() {}
}
