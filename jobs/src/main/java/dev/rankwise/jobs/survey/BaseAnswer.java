package dev.rankwise.jobs.survey;

import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.format.Sha256;
import java.io.Serializable;

/**
 * What a process says of a base.
 *
 * @param configSha256 hash of its configuration; empty if it cannot be had
 * @param failure why not; empty if it can
 */
public record BaseAnswer(String configSha256, String failure) implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * The answer of this process.
   *
   * @param model name, path or URI of the base; empty if none is asked for
   */
  public static BaseAnswer to(String model) {
    if (model.isEmpty()) {
      return new BaseAnswer("", "");
    }
    try {
      return new BaseAnswer(Sha256.ofFile(SparkBases.source().configuration(model)), "");
    } catch (RankwiseException e) {
      return new BaseAnswer("", e.getMessage());
    }
  }
}
