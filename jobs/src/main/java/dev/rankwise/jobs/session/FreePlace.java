package dev.rankwise.jobs.session;

import dev.rankwise.models.failure.UserInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** A place that a command makes, and nothing lies at: what a user has is never written over. */
public final class FreePlace {
  /** What Java makes of an address that it takes for a path: one slash is left of two. */
  private static final Pattern ADDRESS = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/[^/].*");

  private FreePlace() {}

  /**
   * Refuses a place in the local file system that is taken, before anything is computed for it.
   *
   * @throws UserInputException if something lies there, or it is an address
   */
  public static void require(Path place) {
    requireHere(place);
    if (Files.exists(place)) {
      throw taken(place.toString());
    }
  }

  /**
   * Refuses an address where a folder of this host is made, which would be called like it.
   *
   * @throws UserInputException if it is one, such as {@code hdfs://host/folder}
   */
  public static void requireHere(Path place) {
    if (ADDRESS.matcher(place.toString()).matches()) {
      throw new UserInputException(
          ("Cannot write %s: it is an address, and this verb leaves what it makes on the host that it"
                  + " runs on; name a path, and copy the folder from there")
              .formatted(place));
    }
  }

  /** The failure for any place that is taken. */
  public static UserInputException taken(String place) {
    return new UserInputException(
        "Cannot write %s: something lies there already; name a place that is free"
            .formatted(place));
  }
}
