package dev.rankwise.jobs.conf;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Settings of Spark's own. Driver only.
 *
 * @param settings values by full name, {@code spark.} included; secrets among them are not hidden
 */
public record SparkSection(SortedMap<String, String> settings) {
  public SparkSection {
    settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
  }

  @Override
  public String toString() {
    return "SparkSection" + settings.keySet();
  }
}
