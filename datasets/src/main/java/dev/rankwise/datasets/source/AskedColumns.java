package dev.rankwise.datasets.source;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The columns that a source is asked for.
 *
 * @param needed columns that must be there
 * @param optional columns that are read where they are there, and null otherwise
 * @param nested what a list or an object in one of them means
 */
public record AskedColumns(List<String> needed, List<String> optional, Nested nested)
    implements Serializable {
  public AskedColumns {
    needed = List.copyOf(needed);
    optional = List.copyOf(optional);
    Objects.requireNonNull(nested, "nested");
  }

  /** Columns of texts, numbers and truth values, all of them needed. */
  public static AskedColumns ofTexts(List<String> needed) {
    return new AskedColumns(needed, List.of(), Nested.REFUSED);
  }

  /** All columns in the order in which they are handed on: needed ones first. */
  public List<String> names() {
    return Stream.concat(needed.stream(), optional.stream()).toList();
  }

  /** These columns and further ones that must be there, behind those that are needed already. */
  public AskedColumns and(List<String> further) {
    List<String> all = Stream.concat(needed.stream(), further.stream()).distinct().toList();
    List<String> others = optional.stream().filter(column -> !further.contains(column)).toList();
    return new AskedColumns(all, others, nested);
  }

  /** What a value that holds other values means. */
  public enum Nested {
    /** The row, or the column, cannot be used. */
    REFUSED,
    /** It is handed on as JSON text. */
    AS_JSON
  }
}
