package dev.rankwise.adapters.peft;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is told beside an adapter's numbers, and goes into its model card.
 *
 * @param version version of this library
 * @param base name of the base, as a user of PEFT would give it
 * @param baseSha256 hash of the base's files
 * @param data facts of the training data by what they count, in the order in which they are shown;
 *     empty if nothing is told
 * @param evaluation figures by their names, in the order in which they are shown; empty if nothing
 *     is told
 */
public record AdapterCard(
    String version,
    String base,
    String baseSha256,
    Map<String, String> data,
    Map<String, String> evaluation) {

  public AdapterCard {
    data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
    evaluation = Collections.unmodifiableMap(new LinkedHashMap<>(evaluation));
  }

  /** A card without data and evaluation. */
  public static AdapterCard of(String version, String base, String baseSha256) {
    return new AdapterCard(version, base, baseSha256, Map.of(), Map.of());
  }
}
