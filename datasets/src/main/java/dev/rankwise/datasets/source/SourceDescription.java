package dev.rankwise.datasets.source;

import java.io.Serializable;
import java.util.Objects;

/**
 * What was read, for manifests and lineage, and how to tell whether it changed since.
 *
 * @param kind the format of files, {@code table}, {@code iceberg}, {@code delta}, {@code sql},
 *     {@code jdbc}, {@code wordnet} or {@code frame}
 * @param location where it lies, without secrets
 * @param version a hash that changes when the content may have changed, or a table's own number for
 *     it; {@link #UNKNOWN_VERSION} where the source gives no sign of change
 */
public record SourceDescription(String kind, String location, String version)
    implements Serializable {
  /** The version of a source that gives no sign of change, such as a query or a JDBC table. */
  public static final String UNKNOWN_VERSION = "unknown";

  public SourceDescription {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(location, "location");
    Objects.requireNonNull(version, "version");
  }

  /** Whether an unchanged description means unchanged rows. */
  public boolean versioned() {
    return !version.equals(UNKNOWN_VERSION);
  }
}
