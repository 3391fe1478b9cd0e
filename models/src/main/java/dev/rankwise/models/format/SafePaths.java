package dev.rankwise.models.format;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.text.PrintableText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Joins a folder with a name that came from outside, so that the result stays in the folder. */
public final class SafePaths {
  private SafePaths() {}

  /**
   * The path of {@code relative} in {@code folder}.
   *
   * <p>Refused: an empty or absolute name, a segment {@code .} or {@code ..}, a backslash or
   * control character, and a symbolic link on the way that leads out of the folder.
   *
   * @throws UserInputException if the name may not be used
   */
  public static Path within(Path folder, String relative) {
    Path joined = named(folder, relative);
    refuseEscapingLink(folder, relative, joined);
    return joined;
  }

  /**
   * As {@link #within}, by the name alone: for folders whose links this user's own tools have made.
   *
   * @throws UserInputException if the name may not be used
   */
  public static Path named(Path folder, String relative) {
    if (relative.isEmpty() || relative.chars().anyMatch(c -> c < ' ' || c == '\\')) {
      throw refused(folder, relative, "it is empty or holds a backslash or control character");
    }
    Path name = parse(folder, relative);
    if (name.isAbsolute()) {
      throw refused(folder, relative, "it is absolute");
    }
    for (Path segment : name) {
      String text = segment.toString();
      if (text.isEmpty() || text.equals(".") || text.equals("..")) {
        throw refused(folder, relative, "it has a segment \"" + text + "\"");
      }
    }
    return folder.resolve(name);
  }

  private static Path parse(Path folder, String relative) {
    try {
      return Path.of(relative);
    } catch (InvalidPathException e) {
      throw refused(folder, relative, "it is not a path on this system");
    }
  }

  private static void refuseEscapingLink(Path folder, String relative, Path joined) {
    Path existing = joined;
    while (!existing.equals(folder) && !Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
      existing = existing.getParent();
    }
    if (existing.equals(folder)) {
      return;
    }
    try {
      if (!existing.toRealPath().startsWith(folder.toRealPath())) {
        throw refused(folder, relative, "a symbolic link leads out of the folder");
      }
    } catch (IOException e) {
      throw FileFailure.reading(existing, e);
    }
  }

  private static UserInputException refused(Path folder, String relative, String why) {
    return new UserInputException(
        "Name \"%s\" may not be used in folder %s: %s; use a plain relative path below the folder"
            .formatted(PrintableText.of(relative), folder, why));
  }
}
