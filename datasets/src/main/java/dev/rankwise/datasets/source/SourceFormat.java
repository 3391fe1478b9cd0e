package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The file formats that rows are read from. */
public enum SourceFormat {
  /** Comma-separated values with a header line, RFC 4180. */
  CSV(List.of("csv")),
  /** Tab-separated values with a header line, quoted as CSV. */
  TSV(List.of("tsv")),
  /** One JSON object a line. */
  JSONL(List.of("jsonl", "ndjson", "json")),
  /** Apache Parquet. */
  PARQUET(List.of("parquet")),
  /** Apache ORC. */
  ORC(List.of("orc")),
  /** Lines, each of them a text. No extension tells it: a {@code .txt} beside data is a note. */
  TEXT(List.of());

  private static final List<String> COMPRESSIONS =
      List.of("gz", "bz2", "zst", "lz4", "snappy", "deflate");

  private final List<String> extensions;

  SourceFormat(List<String> extensions) {
    this.extensions = extensions;
  }

  /** The name as a recipe writes it: such as {@code csv} or {@code jsonl}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The format called {@code name} in a recipe. */
  public static SourceFormat named(String name) {
    for (SourceFormat format : values()) {
      String word = name.toLowerCase(Locale.ROOT);
      if (format.label().equals(word) || format.extensions.contains(word)) {
        return format;
      }
    }
    throw new UserInputException(
        "Unknown data format \""
            + name
            + "\" (must be csv, tsv, jsonl, parquet, orc or text); name one of them or leave it out to go by"
            + " the file extension");
  }

  /** The format that a file's extension tells, a compression's extension set aside. */
  public static Optional<SourceFormat> ofFileName(String fileName) {
    String name = fileName.toLowerCase(Locale.ROOT);
    for (String compression : COMPRESSIONS) {
      if (name.endsWith("." + compression)) {
        name = name.substring(0, name.length() - compression.length() - 1);
        break;
      }
    }
    String extension = name.substring(name.lastIndexOf('.') + 1);
    for (SourceFormat format : values()) {
      if (format.extensions.contains(extension) && name.indexOf('.') >= 0) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }
}
