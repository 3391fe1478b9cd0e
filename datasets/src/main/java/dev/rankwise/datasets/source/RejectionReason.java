package dev.rankwise.datasets.source;

/** Why a row does not become an example. */
public enum RejectionReason {
  /** The line or record breaks its file format: not JSON, wrong number of fields, open quote. */
  MALFORMED_ROW("the line or record breaks its file format"),
  /** Bytes that are not UTF-8, or an escaped half of a surrogate pair. */
  INVALID_UTF8("the bytes are not valid UTF-8"),
  /** A value that is neither text, whole number nor boolean where text is needed. */
  WRONG_TYPE("a value is neither text, a whole number nor a boolean"),
  /** A text, label or key beyond its limit. */
  TOO_LONG("a value is longer than its limit"),
  /** The key column is null or empty. */
  MISSING_KEY("the key is missing"),
  /** The text column is null. */
  MISSING_TEXT("the text is missing"),
  /** The text is empty or white space only. */
  EMPTY_TEXT("the text is empty"),
  /** The label column is null or empty. */
  MISSING_LABEL("the label is missing"),
  /** Another row has the same id and was kept. */
  DUPLICATE("another row has the same id"),
  /** The label is not one of the known labels. */
  UNKNOWN_LABEL("the label is not in the label set");

  private final String description;

  RejectionReason(String description) {
    this.description = description;
  }

  /** The reason in words, for messages and reports. */
  public String description() {
    return description;
  }
}
