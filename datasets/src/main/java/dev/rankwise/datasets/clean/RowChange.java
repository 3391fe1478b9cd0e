package dev.rankwise.datasets.clean;

import java.util.Arrays;
import java.util.List;

/** What was changed in a row that was kept. */
public enum RowChange {
  /** UTF-8 that was read as Windows-1252 was turned back. */
  ENCODING_REPAIRED(0, "an encoding that was mixed up was repaired"),
  /** Characters that show nothing were removed. */
  CONTROLS_REMOVED(1, "characters that show nothing were removed"),
  /** The text was brought into a normal form of Unicode. */
  NORMALISED(2, "the text was brought into a normal form of Unicode"),
  /** A key, token or password was masked. */
  SECRET_MASKED(3, "a secret was masked"),
  /** An e-mail address was masked. */
  EMAIL_MASKED(4, "an e-mail address was masked"),
  /** An account number was masked. */
  IBAN_MASKED(5, "an IBAN was masked"),
  /** A card number was masked. */
  CARD_MASKED(6, "a card number was masked"),
  /** An address of a computer was masked. */
  IP_MASKED(7, "an IP address was masked"),
  /** A telephone number was masked. */
  PHONE_MASKED(8, "a telephone number was masked");

  private final int place;
  private final String description;

  RowChange(int place, String description) {
    this.place = place;
    this.description = description;
  }

  /** The change in words, for reports. */
  public String description() {
    return description;
  }

  /** A number with one bit, so that the changes of a row are one number. */
  public long bit() {
    return 1L << place;
  }

  /** The changes whose bits are in {@code bits}. */
  public static List<RowChange> of(long bits) {
    return Arrays.stream(values()).filter(change -> (bits & change.bit()) != 0).toList();
  }
}
