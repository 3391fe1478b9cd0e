package dev.rankwise.jobs.conf;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.SparkConf;

/**
 * Settings of Spark's own. Driver only.
 *
 * @param settings values by full name, {@code spark.} included; secrets among them are not hidden
 */
public record SparkSection(SortedMap<String, String> settings) {
  private static final String MASTER = "spark.master";

  public SparkSection {
    settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
  }

  /** The Spark master, if the recipe names one. */
  public Optional<String> master() {
    return Optional.ofNullable(settings.get(MASTER));
  }

  /** Adds the settings to {@code conf}; those of the recipe win. */
  public SparkConf applyTo(SparkConf conf) {
    settings.forEach(conf::set);
    return conf;
  }

  @Override
  public String toString() {
    return "SparkSection" + settings.keySet();
  }
}
