package dev.rankwise.models.source;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.remote.Hub;
import dev.rankwise.models.remote.HubName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Bases of the hub, used in place in the hub's own cache. */
final class HubBases {
  private final Hub hub;

  HubBases(Hub hub) {
    this.hub = hub;
  }

  /**
   * The folder of a base, fetched if need be; its name is the commit.
   *
   * @throws UserInputException if there is no such base, or it is not for this user
   * @throws dev.rankwise.models.failure.ClusterException if the hub cannot be reached
   * @throws CorruptFileException if a file is not what the hub says
   */
  BaseDirectory base(String uri) {
    HubName name = HubName.of(uri);
    Path folder =
        hub.cached(name)
            .filter(it -> isUsable(name, it))
            .orElseGet(() -> hub.fetch(name, new BaseChoice(uri)::fetch));
    if (!hub.isOffline() && !Files.exists(folder.resolve(BaseFiles.TOKENIZER))) {
      hub.noteAbsent(name, folder, BaseFiles.TOKENIZER);
    }
    FileHashes hashes = FileHashes.of(folder);
    hashes.byName().forEach((file, hash) -> requireBlob(folder.resolve(file), hash));
    return new BaseDirectory(folder, hashes.sha256());
  }

  /** The configuration of a base; nothing else of it is fetched. */
  Path configuration(String uri) {
    HubName name = HubName.of(uri);
    Optional<Path> cached =
        hub.cached(name)
            .map(folder -> folder.resolve(BaseFiles.CONFIG))
            .filter(Files::isRegularFile);
    return cached.orElseGet(
        () -> hub.fetch(name, new BaseChoice(uri)::fetchConfiguration).resolve(BaseFiles.CONFIG));
  }

  /** Another tool may have fetched only a part; without a tokenizer one has to ask once. */
  private boolean isUsable(HubName name, Path folder) {
    return BaseChoice.isWhole(folder)
        && (hub.isOffline()
            || Files.exists(folder.resolve(BaseFiles.TOKENIZER))
            || hub.isAbsent(name, folder, BaseFiles.TOKENIZER));
  }

  /** A large file in the hub's cache is called by its SHA-256, so damage shows without asking. */
  private static void requireBlob(Path file, String hash) {
    try {
      Path blob = file.toRealPath();
      String name = blob.getFileName().toString();
      if (Sha256.isHash(name) && !name.equals(hash)) {
        throw new CorruptFileException(
            "Cache file %s has SHA-256 %s, but its name says what it must be; delete it and run again"
                .formatted(blob, hash));
      }
    } catch (IOException e) {
      throw FileFailure.reading(file, e);
    }
  }
}
