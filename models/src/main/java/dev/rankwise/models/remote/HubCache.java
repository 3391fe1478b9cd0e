package dev.rankwise.models.remote;

import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.SafePaths;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The cache of one repository, laid out as the hub's own tools lay it out, so that each finds what
 * the other has fetched.
 *
 * <table>
 * <caption>Below {@code models--org--name}</caption>
 * <tr><th>path</th><th>content</th></tr>
 * <tr><td>{@code blobs/HASH}</td><td>the content of a file</td></tr>
 * <tr><td>{@code snapshots/COMMIT/NAME}</td><td>a link to a blob</td></tr>
 * <tr><td>{@code refs/REVISION}</td><td>the commit of a branch or tag when it was last asked
 * for</td></tr>
 * <tr><td>{@code .no_exist/COMMIT/NAME}</td><td>says that the commit has no such file</td></tr>
 * </table>
 */
final class HubCache {
  private static final long LONGEST_REF = 200;

  private final Path root;
  private final Path repository;

  HubCache(Path root, HubName name) {
    this.root = root;
    this.repository = root.resolve(folderName(name));
  }

  private static String folderName(HubName name) {
    return "models--" + name.repository().replace("/", "--");
  }

  /** The lock under which files of the repository are fetched. */
  Path lock() {
    return root.resolve(".locks").resolve(repository.getFileName()).resolve("rankwise.lock");
  }

  /** The commit of a revision, as it was last asked for. */
  Optional<String> commit(HubName name) {
    if (name.isPinned()) {
      return Optional.of(name.revision());
    }
    Path ref = ref(name);
    try {
      if (!Files.isRegularFile(ref) || Files.size(ref) > LONGEST_REF) {
        return Optional.empty();
      }
      String commit = Files.readString(ref, StandardCharsets.ISO_8859_1).strip();
      return HubName.isCommit(commit) ? Optional.of(commit) : Optional.empty();
    } catch (IOException e) {
      throw FileFailure.reading(ref, e);
    }
  }

  /** Notes which commit a revision is. */
  void note(HubName name, String commit) {
    if (!name.isPinned() && !commit(name).equals(Optional.of(commit))) {
      AtomicFile.write(ref(name), commit);
    }
  }

  /** The files of a commit. */
  Path snapshot(String commit) {
    return repository.resolve("snapshots").resolve(commit);
  }

  /** Where a file of a commit lies, or will. */
  Path file(String commit, String file) {
    return SafePaths.named(snapshot(commit), file);
  }

  /** Whether the commit is known to have no such file. */
  boolean isAbsent(String commit, String file) {
    return Files.exists(absence(commit, file));
  }

  /** Notes that the commit has no such file. */
  void noteAbsent(String commit, String file) {
    if (!isAbsent(commit, file)) {
      AtomicFile.write(absence(commit, file), "");
    }
  }

  /** Where the content of that hash lies, or will. */
  Path blob(BlobHash hash) {
    return blobs().resolve(hash.hex());
  }

  /** Where a file grows until it is whole; a name that no other tool uses. */
  Path partial(String key) {
    return blobs().resolve(key + ".rankwise-incomplete");
  }

  /** Makes a file of a commit out of a blob. */
  void link(String commit, String file, Path blob) {
    Path link = file(commit, file);
    try {
      Files.createDirectories(link.getParent());
      Files.deleteIfExists(link);
      Files.createSymbolicLink(link, link.getParent().relativize(blob));
    } catch (FileAlreadyExistsException e) {
      // Another tool has made it meanwhile, for the same commit and so for the same content.
      return;
    } catch (IOException e) {
      throw FileFailure.writing(link, e);
    }
  }

  private Path blobs() {
    return repository.resolve("blobs");
  }

  private Path ref(HubName name) {
    return SafePaths.named(repository.resolve("refs"), name.revision());
  }

  private Path absence(String commit, String file) {
    return SafePaths.named(repository.resolve(".no_exist").resolve(commit), file);
  }
}
