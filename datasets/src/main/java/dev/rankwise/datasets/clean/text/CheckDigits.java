package dev.rankwise.datasets.clean.text;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Numbers that carry digits by which a wrong one is told. */
final class CheckDigits {
  private static final int LEAST_CARD = 13;
  private static final int MOST_CARD = 19;
  private static final int LETTER_VALUE = 10;
  private static final int IBAN_MODULUS = 97;
  private static final int COUNTRY_AND_CHECK = 4;

  /** Length of an IBAN by country (SWIFT's registry of IBAN formats). */
  private static final Map<String, Integer> IBAN_LENGTHS = ibanLengths();

  private CheckDigits() {}

  /**
   * Whether digits are those of a payment card: 13 to 19 of them, the first one of a card's issuer
   * (2 to 6; ISO/IEC 7812), and Luhn's sum (its annex B) a multiple of ten: from the right, each
   * second digit counts double, and a double of two digits as their sum.
   */
  static boolean isCard(String digits) {
    if (digits.length() < LEAST_CARD || digits.length() > MOST_CARD) {
      return false;
    }
    if (digits.charAt(0) < '2' || digits.charAt(0) > '6') {
      return false;
    }
    int sum = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = digits.charAt(digits.length() - 1 - i) - '0';
      int counted = i % 2 == 0 ? digit : 2 * digit;
      sum += counted > 9 ? counted - 9 : counted;
    }
    return sum % 10 == 0;
  }

  /** How long an IBAN that starts so is, or nothing where no country has such. */
  static Optional<Integer> ibanLength(String country) {
    return Optional.ofNullable(IBAN_LENGTHS.get(country));
  }

  /**
   * Whether an IBAN without spaces has the right check digits (ISO 13616, ISO 7064 MOD 97-10): its
   * first four characters put last and its letters counted from A = 10, it is 1 modulo 97.
   */
  static boolean isIban(String iban) {
    String turned = iban.substring(COUNTRY_AND_CHECK) + iban.substring(0, COUNTRY_AND_CHECK);
    int remainder = 0;
    for (int i = 0; i < turned.length(); i++) {
      int value = Character.digit(turned.charAt(i), Character.MAX_RADIX);
      int shift = value < LETTER_VALUE ? 10 : 100;
      remainder = (remainder * shift + value) % IBAN_MODULUS;
    }
    return remainder == 1;
  }

  private static Map<String, Integer> ibanLengths() {
    String table =
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27"
            + " DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28"
            + " IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24"
            + " ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22"
            + " RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24"
            + " XK20 YE30";
    Map<String, Integer> lengths = new LinkedHashMap<>();
    for (String entry : table.split(" ")) {
      lengths.put(entry.substring(0, 2), Integer.valueOf(entry.substring(2)));
    }
    return lengths;
  }
}
