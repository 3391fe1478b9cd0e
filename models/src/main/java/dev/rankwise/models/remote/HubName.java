package dev.rankwise.models.remote;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.text.PrintableText;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a recipe calls a repository of the hub: {@code hf:org/name@revision}.
 *
 * @param repository {@code org/name}, or {@code name} alone for the oldest ones
 * @param revision branch, tag or commit; {@value #MAIN} where none is named
 */
public record HubName(String repository, String revision) {
  /** How such a name begins. */
  public static final String SCHEME = "hf:";

  private static final String MAIN = "main";
  private static final String SEGMENT = "[A-Za-z0-9_][A-Za-z0-9._-]{0,95}";
  private static final Pattern FORM =
      Pattern.compile(
          "hf:(?://)?(" + SEGMENT + "(?:/" + SEGMENT + ")?)(?:@([A-Za-z0-9_][A-Za-z0-9._/-]*))?");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  /** Whether a text is meant as the name of a repository. */
  public static boolean isHubName(String text) {
    return text.startsWith(SCHEME);
  }

  /**
   * Reads a name.
   *
   * @throws UserInputException if it has another form
   */
  public static HubName of(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches() || text.contains("..") || matcher.group(1).contains("--")) {
      throw new UserInputException(
          "Base \"%s\" is no name of the hub: the form is hf:org/name or hf:org/name@revision"
              .formatted(PrintableText.of(text)));
    }
    return new HubName(matcher.group(1), matcher.group(2) == null ? MAIN : matcher.group(2));
  }

  /** Whether the revision is a commit, which never means anything else later. */
  public boolean isPinned() {
    return isCommit(revision);
  }

  /** The same repository at a commit. */
  public HubName at(String commit) {
    return new HubName(repository, commit);
  }

  static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches();
  }

  @Override
  public String toString() {
    return SCHEME + repository + "@" + revision;
  }
}
