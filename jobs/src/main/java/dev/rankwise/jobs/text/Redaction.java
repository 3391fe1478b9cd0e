package dev.rankwise.jobs.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps secrets, and characters that a terminal would obey, out of messages and written recipes.
 */
public final class Redaction {
  /** What stands in a secret's place. */
  public static final String REDACTED = "(redacted)";

  /**
   * Names of secrets: Spark's own, those that Hadoop lists as sensitive, and what programs call
   * them in their environment. Of {@code spark.io.encryption.keySizeBits} the value may be seen.
   */
  private static final String NAMES =
      "secret|passw|passphrase|(?<![a-z])pwd|credential|authorization"
          // Short words are names only behind a part of one: a second pass is none.
          + "|(?:(?<=[._?&;,\"'({-])|^)(?:pass|sas|pat)(?=$|[._-]|\\s*[=:])"
          + "|(?<=db|pg|sql)pass(?=$|[._-]|\\s*[=:])"
          + "|(?:access|api|private|account|session|signing)[._-]?key|encryption[._-]?key(?![a-z])";

  /**
   * What Spark is to hide in its pages and event logs: all that it hides by itself, and what is a
   * secret here.
   */
  public static final String NAMES_FOR_SPARK = "(?i)token|" + NAMES;

  private static final int LONGEST_SHOWN = 80;

  private static final Pattern SECRET_NAME = Pattern.compile("(?i)token(?!s|iz)|" + NAMES);
  private static final Pattern USER_PART =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]{0,30}://)[^/@\\s]*@");
  private static final Pattern ASSIGNED =
      Pattern.compile(
          "(?i)((?:token(?!s|iz)|"
              + NAMES
              + ")[\\w.-]{0,80}[\"']?\\s*[=:]\\s*(?:(?:bearer|basic|digest)\\s+)?)"
              + "(?:\"[^\"]*\"|'[^']*'|[^\\s;&,)]+)");

  /** What signs an address, which whoever has it may then use. */
  private static final Pattern SIGNED =
      Pattern.compile(
          "(?i)([?&](?:sig|signature|awsaccesskeyid|x-(?:amz|goog)-(?:signature|credential))=)[^\\s&]+");

  private static final Pattern KNOWN_FORM =
      Pattern.compile(
          "\\b(?:AKIA[A-Z0-9]{12,}|hf_\\w{8,}|gh[opsu]_\\w{8,}|sk-[\\w-]{8,}|xox[abp]-[\\w-]{8,}|eyJ[\\w-]{8,}[\\w.-]*)");

  private Redaction() {}

  /** Whether the value of a key of this name is a secret. */
  public static boolean isSecret(String name) {
    return SECRET_NAME.matcher(name).find();
  }

  /** The value of a key, or {@value #REDACTED} where it or the key's name looks like a secret. */
  public static String of(String name, String value) {
    return isSecret(name) ? REDACTED : withoutSecrets(value);
  }

  /** A text without the user part of addresses, assigned passwords and known forms of tokens. */
  public static String withoutSecrets(String text) {
    String clean = USER_PART.matcher(text).replaceAll("$1");
    clean = ASSIGNED.matcher(clean).replaceAll("$1" + Matcher.quoteReplacement(REDACTED));
    clean = SIGNED.matcher(clean).replaceAll("$1" + Matcher.quoteReplacement(REDACTED));
    return KNOWN_FORM.matcher(clean).replaceAll(Matcher.quoteReplacement(REDACTED));
  }

  /** A text as a message shows it: one line, of bearable length, without secrets. */
  public static String shown(String text) {
    String start =
        text.codePointCount(0, text.length()) > 10 * LONGEST_SHOWN ? cut(text, 10) : text;
    String clean = printable(withoutSecrets(start));
    return clean.codePointCount(0, clean.length()) > LONGEST_SHOWN ? cut(clean, 1) + "…" : clean;
  }

  /** A text without control characters and line ends. */
  public static String printable(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}\\u2028\\u2029]", "?");
  }

  private static String cut(String text, int times) {
    return text.substring(0, text.offsetByCodePoints(0, times * LONGEST_SHOWN));
  }
}
