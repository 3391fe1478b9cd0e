package dev.rankwise.jobs.session;

import dev.rankwise.models.failure.UserInputException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A place that a command makes, and nothing lies at: what a user has is never written over. */
public final class FreePlace {
  private FreePlace() {}

  /**
   * Refuses a place in the local file system that is taken, before anything is computed for it.
   *
   * @throws UserInputException if something lies there
   */
  public static void require(Path place) {
    if (Files.exists(place)) {
      throw taken(place.toString());
    }
  }

  /** The failure for any place that is taken. */
  public static UserInputException taken(String place) {
    return new UserInputException(
        "Cannot write %s: something lies there already; name a place that is free"
            .formatted(place));
  }
}
