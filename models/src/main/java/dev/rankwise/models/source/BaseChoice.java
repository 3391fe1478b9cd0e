package dev.rankwise.models.source;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsIndex;
import dev.rankwise.models.remote.RemoteFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;

/**
 * Fetches of a folder elsewhere what is a base: {@link BaseFiles}, and what belongs to its
 * tokenizer. Nothing else is fetched, and no file whose reading could run code.
 *
 * @param uri name of the base, for messages
 */
record BaseChoice(String uri) {

  /** Fetches the small files first, the weights last. */
  void fetch(RemoteFolder folder) {
    fetchConfiguration(folder);
    SortedSet<String> names = folder.names();
    if (!names.contains(BaseFiles.WEIGHTS) && !names.contains(BaseFiles.INDEX)) {
      throw new UserInputException(
          ("Base %s has neither %s nor %s, and weights in other forms are not read, since unpacking"
                  + " them can run what they hold; name a base with safetensors")
              .formatted(uri, BaseFiles.WEIGHTS, BaseFiles.INDEX));
    }
    fetchIfThere(folder, BaseFiles.TOKENIZER);
    BaseFiles.BESIDE.forEach(name -> fetchIfThere(folder, name));
    if (names.contains(BaseFiles.WEIGHTS)) {
      folder.fetch(BaseFiles.WEIGHTS);
      return;
    }
    for (String shard : SafetensorsIndex.read(folder.fetch(BaseFiles.INDEX)).shards()) {
      if (!names.contains(shard)) {
        throw new CorruptFileException(
            "Base %s has no shard %s, which its index names; name a whole base, or another revision"
                .formatted(uri, shard));
      }
      folder.fetch(shard);
    }
  }

  /** Fetches the configuration alone. */
  void fetchConfiguration(RemoteFolder folder) {
    if (!folder.names().contains(BaseFiles.CONFIG)) {
      throw new UserInputException(
          "Base %s has no file %s; name a folder or repository of a base"
              .formatted(uri, BaseFiles.CONFIG));
    }
    folder.fetch(BaseFiles.CONFIG);
  }

  /** Whether a folder on this host holds configuration and weights. */
  static boolean isWhole(Path folder) {
    return Files.isRegularFile(folder.resolve(BaseFiles.CONFIG))
        && BaseFiles.weights(folder).isPresent()
        && BaseFiles.required(folder).stream()
            .allMatch(name -> Files.isRegularFile(folder.resolve(name)));
  }

  private static void fetchIfThere(RemoteFolder folder, String name) {
    if (folder.names().contains(name)) {
      folder.fetch(name);
    }
  }
}
