package dev.rankwise.jobs.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.datasets.shard.ExampleKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where a version comes from. Hashes are SHA-256 in hexadecimal.
 *
 * @param runKey hash of recipe, rows and base: equal keys ask for the same
 * @param recipeSha256 hash of what the recipe asks for
 * @param dataSha256 hash of the prepared rows' content
 * @param base name of the base
 * @param baseSha256 hash of the base's files
 * @param adapterSha256 hash of the adapter's numbers
 * @param kind what it learned from
 * @param labels the classes in their order; empty where there are none
 * @param parent number of the version that it began as; empty if it began from scratch
 * @param figures its figures on the held-out rows, by their names
 */
public record VersionCard(
    String runKey,
    String recipeSha256,
    String dataSha256,
    String base,
    String baseSha256,
    String adapterSha256,
    ExampleKind kind,
    List<String> labels,
    OptionalInt parent,
    SortedMap<String, Double> figures) {

  /** How many digits of a run key name its folder. */
  public static final int KEY_DIGITS = 12;

  public VersionCard {
    labels = List.copyOf(labels);
    figures = Collections.unmodifiableSortedMap(new TreeMap<>(figures));
  }

  /** The first digits of the run key, which name the run's folder. */
  public String shortKey() {
    return runKey.substring(0, Math.min(KEY_DIGITS, runKey.length()));
  }

  /** As it stands in JSON. */
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("run_key", runKey);
    fields.put("recipe_sha256", recipeSha256);
    fields.put("data_sha256", dataSha256);
    fields.put("base", base);
    fields.put("base_sha256", baseSha256);
    fields.put("adapter_sha256", adapterSha256);
    fields.put("kind", kind.name().toLowerCase(Locale.ROOT));
    fields.put("labels", labels);
    fields.put("parent", parent.isPresent() ? parent.getAsInt() : null);
    fields.put("figures", figures);
    return fields;
  }

  /** Reads what {@link #fields} wrote; empty if it is anything else. */
  static Optional<VersionCard> of(JsonNode json) {
    Optional<ExampleKind> kind = kind(json.path("kind").asText());
    boolean whole =
        List.of("run_key", "recipe_sha256", "data_sha256", "base", "base_sha256", "adapter_sha256")
                .stream()
                .allMatch(name -> json.path(name).isTextual())
            && json.path("labels").isArray()
            && json.path("figures").isObject();
    if (!whole || kind.isEmpty()) {
      return Optional.empty();
    }
    List<String> labels = new ArrayList<>();
    json.path("labels").forEach(label -> labels.add(label.asText()));
    SortedMap<String, Double> figures = new TreeMap<>();
    json.path("figures")
        .properties()
        .forEach(figure -> figures.put(figure.getKey(), figure.getValue().asDouble()));
    return Optional.of(
        new VersionCard(
            json.path("run_key").asText(),
            json.path("recipe_sha256").asText(),
            json.path("data_sha256").asText(),
            json.path("base").asText(),
            json.path("base_sha256").asText(),
            json.path("adapter_sha256").asText(),
            kind.get(),
            labels,
            json.path("parent").isInt()
                ? OptionalInt.of(json.path("parent").asInt())
                : OptionalInt.empty(),
            figures));
  }

  private static Optional<ExampleKind> kind(String word) {
    return List.of(ExampleKind.values()).stream()
        .filter(kind -> kind.name().toLowerCase(Locale.ROOT).equals(word))
        .findFirst();
  }
}
