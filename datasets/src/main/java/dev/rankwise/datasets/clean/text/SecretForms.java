package dev.rankwise.datasets.clean.text;

import java.util.List;

/** Forms of keys, tokens and passwords, as their issuers document them. */
final class SecretForms {
  private static final String UNTIL = "(?![A-Za-z0-9])";
  private static final String FROM = "(?<![A-Za-z0-9])";
  private static final int DRAWN_LENGTH = 12;
  private static final double LEAST_BITS = 3.0;

  private SecretForms() {}

  /** What finds them; where a pattern has a group, that is the secret. */
  static List<String> patterns() {
    return List.of(
        "-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\\s\\\\:,-]{0,16384}?"
            + "-----END [A-Z0-9 ]{0,30}PRIVATE KEY-----",
        // AWS access keys.
        FROM + "(?:AKIA|ASIA)[A-Z0-9]{16}" + UNTIL,
        // GitHub, GitLab.
        FROM + "gh[pousr]_[A-Za-z0-9]{36,255}" + UNTIL,
        FROM + "github_pat_[A-Za-z0-9_]{22,255}",
        FROM + "glpat-[A-Za-z0-9_-]{20,64}",
        // Slack, Google, Stripe.
        FROM + "xox[abeoprs]-[A-Za-z0-9-]{10,250}",
        FROM + "AIza[A-Za-z0-9_-]{35}",
        FROM + "[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}",
        // OpenAI, Anthropic, Hugging Face, npm, PyPI.
        FROM + "sk-[A-Za-z0-9_-]{20,250}",
        FROM + "hf_[A-Za-z0-9]{30,64}" + UNTIL,
        FROM + "npm_[A-Za-z0-9]{36}" + UNTIL,
        FROM + "pypi-[A-Za-z0-9_-]{50,250}",
        // JSON Web Tokens (RFC 7519): header and claims start with an encoded brace.
        FROM + "eyJ[A-Za-z0-9_-]{8,2000}\\.eyJ[A-Za-z0-9_-]{8,4000}\\.[A-Za-z0-9_-]{8,1000}",
        // Name and password in an address (RFC 3986, section 3.2.1).
        "(?<=://)[^\\s/:@]{1,64}:[^\\s/@]{1,128}(?=@)",
        "(?i)(?:api[_-]?key|secret|access[_-]?token|auth[_-]?token|password|passwd)[\"']?"
            + "\\s{0,3}[:=]\\s{0,3}[\"']?([A-Za-z0-9+/=_.~-]{"
            + DRAWN_LENGTH
            + ",200})");
  }

  /**
   * Whether a candidate looks like a secret: it holds a digit and a letter, or a space or colon as
   * keys and addresses do, and its characters have at least 3 bits each: {@code H = -Σ p log2 p}
   * over their shares p. A word or a name that is repeated has fewer.
   */
  static boolean isSecret(String candidate) {
    boolean digit = candidate.chars().anyMatch(it -> it >= '0' && it <= '9');
    boolean letter = candidate.chars().anyMatch(Character::isLetter);
    boolean whole = candidate.indexOf(':') > 0 || candidate.startsWith("-----");
    return whole || (digit && letter && bits(candidate) >= LEAST_BITS);
  }

  private static double bits(String text) {
    long[] counts = text.chars().sorted().distinct().mapToLong(c -> count(text, c)).toArray();
    double bits = 0;
    for (long count : counts) {
      double share = (double) count / text.length();
      bits -= share * Math.log(share) / Math.log(2);
    }
    return bits;
  }

  private static long count(String text, int character) {
    return text.chars().filter(it -> it == character).count();
  }
}
