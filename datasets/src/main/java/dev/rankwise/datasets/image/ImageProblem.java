package dev.rankwise.datasets.image;

/** Why a file gives no picture. */
public enum ImageProblem {
  /** Its first bytes are those of no format that is read. */
  UNKNOWN_FORMAT("it is no PNG, JPEG or WebP file"),
  /** A kind of its format that is not read, such as a JPEG of four colours. */
  UNSUPPORTED_KIND("it is of a kind that is not read"),
  /** It ends before its picture does. */
  TRUNCATED("it is cut short"),
  /** What it says contradicts itself. */
  DAMAGED("it is damaged"),
  /** It has more bytes, or its picture more pixels, than are allowed. */
  TOO_LARGE("it is larger than allowed");

  private final String description;

  ImageProblem(String description) {
    this.description = description;
  }

  /** The problem in words, for messages and reports. */
  public String description() {
    return description;
  }
}
