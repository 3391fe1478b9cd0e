package dev.rankwise.datasets.clean.text;

import dev.rankwise.datasets.clean.RowChange;
import dev.rankwise.datasets.source.RejectionReason;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Kinds of data that lead to a person or open a door, in the order in which they are looked for:
 * what one kind has masked, none behind it sees.
 *
 * <p>Each kind has patterns that find candidates, and where numbers carry check digits or ranges a
 * test of these. Every repetition of a pattern is bounded or possessive, so that no text makes the
 * search slow. What is found is never told anywhere: it is masked, or its row left out, and
 * counted.
 */
public enum PersonalData {
  /**
   * Keys and tokens by the forms that their issuers gave them, private keys, passwords in
   * addresses, and what a name such as {@code api_key} is set to if it looks drawn at random.
   */
  SECRET(RowChange.SECRET_MASKED, RejectionReason.SECRET_FOUND, SecretForms.patterns()),

  /** An address with {@code @} and a domain with a dot. */
  EMAIL(
      RowChange.EMAIL_MASKED,
      RejectionReason.EMAIL_FOUND,
      List.of(
          "(?<![\\p{L}\\p{N}_%+])[\\p{L}\\p{N}_%+][\\p{L}\\p{N}._%+-]{0,63}+"
              + "@(?:[\\p{L}\\p{N}][\\p{L}\\p{N}-]{0,62}\\.){1,8}\\p{L}{2,24}(?![\\p{L}\\p{N}-])")),

  /** An account number whose length is its country's and whose check digits are right. */
  IBAN(
      RowChange.IBAN_MASKED,
      RejectionReason.IBAN_FOUND,
      List.of("(?<![\\p{L}\\p{N}])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,29}+")) {
    @Override
    int end(String text, int start, int end) {
      Optional<Integer> length = CheckDigits.ibanLength(text.substring(start, start + 2));
      int last = length.map(it -> endOf(text, start, end, it)).orElse(NOT_FOUND);
      boolean whole = last != NOT_FOUND && !continues(text, last);
      return whole && CheckDigits.isIban(text.substring(start, last).replace(" ", ""))
          ? last
          : NOT_FOUND;
    }
  },

  /** A card number, of digits that spaces or dashes may part, that passes Luhn's test. */
  CARD(
      RowChange.CARD_MASKED,
      RejectionReason.CARD_FOUND,
      List.of("(?<![\\p{L}\\p{N}.,])[2-6](?:[ -]?[0-9]){12,18}")) {
    @Override
    int end(String text, int start, int end) {
      // What follows may be digits of their own, such as a date.
      for (int last = end; last > start; last--) {
        String digits = text.substring(start, last).replaceAll("[ -]", "");
        if (Character.isDigit(text.charAt(last - 1))
            && !continues(text, last)
            && CheckDigits.isCard(digits)) {
          return last;
        }
      }
      return NOT_FOUND;
    }
  },

  /** An address of IPv4 or IPv6 that is reached from everywhere. */
  IP(
      RowChange.IP_MASKED,
      RejectionReason.IP_FOUND,
      List.of(
          "(?<![\\p{L}\\p{N}.])(?:[0-9]{1,3}\\.){3}[0-9]{1,3}(?![\\p{L}\\p{N}]|\\.[0-9])",
          "(?<![\\p{L}\\p{N}:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\\p{L}\\p{N}:])")) {
    @Override
    int end(String text, int start, int end) {
      return PublicAddress.is(text.substring(start, end)) ? end : NOT_FOUND;
    }
  },

  /**
   * A telephone number: with a country code behind + or 00 (ITU-T E.164, 8 to 15 digits), as in
   * North America, or with an area code that starts with 0 (9 to 12 digits). A bare run of digits
   * is none.
   */
  PHONE(
      RowChange.PHONE_MASKED,
      RejectionReason.PHONE_FOUND,
      List.of(
          "(?<![\\p{L}\\p{N}+])(?:\\+|00)[1-9][0-9]{0,2}(?:[ ./-]{0,2}\\(?[0-9]{1,5}\\)?){2,6}(?![\\p{N}])",
          "(?<![\\p{L}\\p{N}.-])(?:1[ .-])?(?:\\([2-9][0-9]{2}\\) ?|[2-9][0-9]{2}[ .-])"
              + "[2-9][0-9]{2}[ .-]?[0-9]{4}(?![\\p{N}])",
          "(?<![\\p{L}\\p{N}.,-])\\(?0[1-9][0-9]{1,4}\\)?[ /-][0-9][0-9 -]{3,9}[0-9](?![\\p{N}])")) {
    @Override
    int end(String text, int start, int end) {
      long digits = text.substring(start, end).chars().filter(Character::isDigit).count();
      return digits >= LEAST_PHONE && digits <= MOST_PHONE ? end : NOT_FOUND;
    }
  };

  private static final int NOT_FOUND = -1;
  private static final int LEAST_PHONE = 8;
  private static final int MOST_PHONE = 17;

  private final RowChange change;
  private final RejectionReason reason;
  private final List<Pattern> patterns;

  PersonalData(RowChange change, RejectionReason reason, List<String> patterns) {
    this.change = change;
    this.reason = reason;
    this.patterns = patterns.stream().map(Pattern::compile).toList();
  }

  /** What becomes of it. */
  public enum Handling {
    /** It stays. */
    KEEP,
    /** It is replaced by its kind, such as {@code <EMAIL>}. */
    MASK,
    /** The row is left out. */
    DROP
  }

  /** The kind as a recipe calls it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The kind that a recipe calls {@code word}. */
  public static Optional<PersonalData> named(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
  }

  /** What stands in the place of what is masked. */
  public String mask() {
    return "<" + name() + ">";
  }

  /** The change of a row in which it was masked. */
  public RowChange change() {
    return change;
  }

  /** Why a row that holds it is left out. */
  public RejectionReason reason() {
    return reason;
  }

  /** The text with each of it masked. */
  public String masked(String text) {
    String masked = text;
    for (Pattern pattern : patterns) {
      masked = masked(masked, pattern, mask());
    }
    return masked;
  }

  private String masked(String text, Pattern pattern, String mask) {
    Matcher matcher = pattern.matcher(text);
    StringBuilder masked = new StringBuilder();
    int kept = 0;
    int from = 0;
    while (from <= text.length() && matcher.find(from)) {
      // Where a pattern has a group, that is the secret and the rest says so.
      int group = matcher.groupCount() > 0 && matcher.group(1) != null ? 1 : 0;
      int start = matcher.start(group);
      int end = end(text, start, matcher.end(group));
      if (end == NOT_FOUND) {
        from = Math.max(matcher.start() + 1, from + 1);
      } else {
        masked.append(text, kept, start).append(mask);
        kept = end;
        from = Math.max(end, from + 1);
      }
    }
    return kept == 0 ? text : masked.append(text, kept, text.length()).toString();
  }

  /**
   * Where a candidate ends that is one, or {@link #NOT_FOUND}.
   *
   * @param start where the candidate starts
   * @param end where it ends at the latest
   */
  int end(String text, int start, int end) {
    return this != SECRET || SecretForms.isSecret(text.substring(start, end)) ? end : NOT_FOUND;
  }

  /** Where so many letters and digits end, spaces not counted. */
  private static int endOf(String text, int start, int end, int characters) {
    int seen = 0;
    for (int i = start; i < end; i++) {
      seen += text.charAt(i) == ' ' ? 0 : 1;
      if (seen == characters) {
        return i + 1;
      }
    }
    return NOT_FOUND;
  }

  private static boolean continues(String text, int end) {
    return end < text.length() && Character.isLetterOrDigit(text.charAt(end));
  }

  /** The words of all kinds. */
  public static List<String> words() {
    return Stream.of(values()).map(PersonalData::word).toList();
  }
}
