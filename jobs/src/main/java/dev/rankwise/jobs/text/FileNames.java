package dev.rankwise.jobs.text;

import dev.rankwise.models.failure.UserInputException;
import java.nio.charset.Charset;
import java.nio.file.InvalidPathException;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which names this Java can give files. Under {@code LC_ALL=C}, as schedulers and containers often
 * have it, they are ASCII: a letter beyond it comes as a question mark out of the command line, and
 * no file that has one in its path can be opened.
 *
 * @param charset what the operating system hears
 */
public record FileNames(Charset charset) {
  private static final String PROPERTY = "sun.jnu.encoding";
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:");

  /** The names of this process. */
  public static FileNames ofThisProcess() {
    return new FileNames(
        Charset.forName(System.getProperty(PROPERTY, Charset.defaultCharset().name())));
  }

  /**
   * Fails at the first name, or argument, that has a letter too many.
   *
   * @throws UserInputException with the remedy
   */
  public void require(Collection<String> names) {
    for (String name : names) {
      if (!charset.newEncoder().canEncode(name)) {
        throw new UserInputException(
            ("Cannot use \"%s\": under this locale Java names files in %s, which lacks a letter of it;"
                    + " set LC_ALL=C.UTF-8, on a cluster spark.executorEnv.LC_ALL=C.UTF-8 too, and run"
                    + " again")
                .formatted(Redaction.shown(name), charset));
      }
    }
  }

  /**
   * Fails if {@code location} is a path of this host with a letter too many. What has a scheme,
   * such as a table, a query or a path on another file system, is not named by the operating
   * system.
   */
  public void requirePath(String location) {
    if (location.startsWith("file:") || !SCHEME.matcher(location).lookingAt()) {
      require(List.of(location));
    }
  }

  /** The failure for what Java refuses as a path. */
  public UserInputException refused(InvalidPathException failure) {
    require(List.of(failure.getInput()));
    return new UserInputException(
        "Cannot use \"%s\" as a path: %s; name another one"
            .formatted(Redaction.shown(failure.getInput()), failure.getReason()),
        failure);
  }
}
