package dev.rankwise.datasets.source;

import java.util.List;

/**
 * One record of a CSV file.
 *
 * @param fields the values in UTF-8 as found, null for an empty field without quotes; empty when
 *     the record could not be read
 * @param problem why it could not be read, or null
 * @param hash hex SHA-256 of the record's bytes when it could not be read, otherwise empty
 */
record CsvRecord(List<byte[]> fields, RejectionReason problem, String hash) {

  static CsvRecord of(List<byte[]> fields) {
    return new CsvRecord(fields, null, "");
  }

  static CsvRecord broken(RejectionReason problem, String hash) {
    return new CsvRecord(List.of(), problem, hash);
  }
}
