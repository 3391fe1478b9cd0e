package dev.rankwise.adapters.peft;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What is told beside an adapter's numbers, and goes into its model card.
 *
 * @param version version of this library
 * @param base name of the base, as a user of PEFT would give it
 * @param baseSha256 hash of the base's files
 * @param held how the base was held while the adapter was trained
 * @param still how many of its numbers stood still while the others were trained; empty where
 *     nobody knows: of one that was combined of others, or read and saved again
 * @param adapters of one that holds or was made of several what each of them is, by what it is
 *     called, and how they were joined; empty of any other
 * @param data facts of the training data by what they count, in the order in which they are shown;
 *     empty if nothing is told
 * @param evaluation figures by their names, in the order in which they are shown; empty if nothing
 *     is told
 */
public record AdapterCard(
    String version,
    String base,
    String baseSha256,
    BaseHolding held,
    OptionalInt still,
    Map<String, String> adapters,
    Map<String, String> data,
    Map<String, String> evaluation) {

  public AdapterCard {
    adapters = Collections.unmodifiableMap(new LinkedHashMap<>(adapters));
    data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
    evaluation = Collections.unmodifiableMap(new LinkedHashMap<>(evaluation));
  }

  /** A card of an adapter of which nothing is told. */
  public static AdapterCard of(String version, String base, String baseSha256) {
    return new AdapterCard(
        version,
        base,
        baseSha256,
        BaseHolding.usual(),
        OptionalInt.empty(),
        Map.of(),
        Map.of(),
        Map.of());
  }

  /** The same of an adapter that is made of others, with what each of them is. */
  public AdapterCard madeOf(Map<String, String> others) {
    return new AdapterCard(version, base, baseSha256, held, still, others, data, evaluation);
  }

  /** The same of an adapter that was trained on a base held so. */
  public AdapterCard trainedOn(BaseHolding holding) {
    return new AdapterCard(version, base, baseSha256, holding, still, adapters, data, evaluation);
  }
}
