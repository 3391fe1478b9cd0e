package dev.rankwise.pipeline.plan;

import dev.rankwise.models.format.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Everything that the bytes of a run's result depend on. Two runs with equal fingerprints write the
 * same adapter, wherever and however often they are interrupted.
 *
 * @param base SHA-256 of the frozen base
 * @param program SHA-256 of the linked kernels
 * @param tokenizer SHA-256 of the tokenizer's file
 * @param data SHA-256 of the prepared examples
 * @param settings those settings of the recipe that change the result, by dotted key
 * @param numerics hash of fixed kernels as this kind of processor computes them
 * @param libraries versions of the libraries that compute, by name
 * @param threads native threads of one task
 */
public record RunFingerprint(
    String base,
    String program,
    String tokenizer,
    String data,
    SortedMap<String, String> settings,
    String numerics,
    SortedMap<String, String> libraries,
    int threads) {

  public RunFingerprint {
    settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
    libraries = Collections.unmodifiableSortedMap(new TreeMap<>(libraries));
  }

  /** All parts in one map, by dotted name: what is hashed, compared and written into files. */
  public SortedMap<String, String> parts() {
    SortedMap<String, String> parts = new TreeMap<>();
    parts.put("base", base);
    parts.put("program", program);
    parts.put("tokenizer", tokenizer);
    parts.put("data", data);
    parts.put("numerics", numerics);
    parts.put("threads", Integer.toString(threads));
    settings.forEach((key, value) -> parts.put("settings." + key, value));
    libraries.forEach((key, value) -> parts.put("libraries." + key, value));
    return parts;
  }

  /** SHA-256 of all parts, each written with its length so that no two lists read alike. */
  public String sha256() {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, String> part : parts().entrySet()) {
      text.append(part.getKey().length()).append(':').append(part.getKey());
      text.append(part.getValue().length()).append(':').append(part.getValue()).append('\n');
    }
    return Sha256.ofBytes(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * What differs from another run, one line each: {@code settings.train.seed: 1 here, 2 there}.
   * Empty if and only if both write the same bytes.
   */
  public List<String> differences(RunFingerprint other) {
    return differences(other.parts());
  }

  /** The same, of a run whose {@link #parts} were kept. */
  public List<String> differences(SortedMap<String, String> there) {
    SortedMap<String, String> here = parts();
    TreeSet<String> keys = new TreeSet<>(here.keySet());
    keys.addAll(there.keySet());
    List<String> lines = new ArrayList<>();
    for (String key : keys) {
      String mine = here.get(key);
      String theirs = there.get(key);
      if (!Objects.equals(mine, theirs)) {
        lines.add("%s: %s here, %s there".formatted(key, shown(mine), shown(theirs)));
      }
    }
    return List.copyOf(lines);
  }

  private static String shown(String value) {
    return value == null ? "absent" : value;
  }
}
