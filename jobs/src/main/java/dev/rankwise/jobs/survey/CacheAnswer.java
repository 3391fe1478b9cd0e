package dev.rankwise.jobs.survey;

import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.source.BaseCache;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What an executor says of the folder for bases in their local form.
 *
 * @param folder its path there; empty if there is none
 * @param freeBytes how much more it takes
 * @param failure why there is none; empty if there is one
 */
public record CacheAnswer(String folder, long freeBytes, String failure) implements Serializable {
  private static final long serialVersionUID = 1L;

  static CacheAnswer ofThisHost() {
    try {
      Path root = BaseCache.defaultRoot();
      return new CacheAnswer(root.toString(), Files.getFileStore(root).getUsableSpace(), "");
    } catch (RankwiseException e) {
      return new CacheAnswer("", 0, e.getMessage());
    } catch (IOException e) {
      return new CacheAnswer("", 0, "The folder for bases cannot be looked at: " + e);
    }
  }
}
