package dev.rankwise.adapters.peft;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What an adapter of ours says of where it comes from. It lies in the free text of the weights
 * file's header, where PEFT does not look: a key of ours in {@code adapter_config.json} would make
 * PEFT warn every user that the file was written by a newer version of it.
 *
 * @param version version of this library
 * @param base name of the base: what {@code base_model_name_or_path} says
 * @param baseSha256 hash of the base's files
 * @param held how the base was held while the adapter was trained: said where its weights were in
 *     four bits
 * @param labels names of the classes in the order of the scores; empty without a classifier
 */
public record AdapterOrigin(
    String version, String base, String baseSha256, BaseHolding held, List<String> labels) {
  private static final String VERSION = "rankwise.version";
  private static final String BASE = "rankwise.base";
  private static final String BASE_SHA256 = "rankwise.base-sha256";
  private static final String BASE_FORM = "rankwise.base-quantization";
  private static final String BASE_TYPE = "rankwise.base-dtype";
  private static final String LABEL = "rankwise.label.";

  public AdapterOrigin {
    labels = List.copyOf(labels);
  }

  /** Reads a header's free text; empty for an adapter that is not ours. */
  static Optional<AdapterOrigin> of(Map<String, String> header) {
    if (!header.containsKey(VERSION)) {
      return Optional.empty();
    }
    List<String> labels = new ArrayList<>();
    while (header.containsKey(LABEL + labels.size())) {
      labels.add(header.get(LABEL + labels.size()));
    }
    return Optional.of(
        new AdapterOrigin(
            header.get(VERSION),
            header.getOrDefault(BASE, ""),
            header.getOrDefault(BASE_SHA256, ""),
            held(header),
            labels));
  }

  private static BaseHolding held(Map<String, String> header) {
    return header.containsKey(BASE_FORM)
        ? BaseHolding.named(
            header.get(BASE_FORM),
            header.getOrDefault(BASE_TYPE, ""),
            "the adapter's " + PeftDirectory.WEIGHTS)
        : BaseHolding.usual();
  }

  /** The header's free text. */
  Map<String, String> header() {
    Map<String, String> header = new TreeMap<>();
    header.put("format", "pt");
    header.put(VERSION, version);
    header.put(BASE, base);
    header.put(BASE_SHA256, baseSha256);
    if (held.isInFourBits()) {
      header.put(BASE_FORM, held.form().label());
      header.put(BASE_TYPE, held.typeName());
    }
    for (int i = 0; i < labels.size(); i++) {
      header.put(LABEL + i, labels.get(i));
    }
    return header;
  }
}
