package dev.rankwise.models.config;

import java.util.List;
import java.util.regex.Pattern;

/** The names that files give to the weights of one base. */
final class WeightNames {
  private static final Pattern HEAD = Pattern.compile("(classifier|score)\\..*");
  private static final Pattern FRESH = Pattern.compile("((classifier|score)\\.|pooler\\.).*");

  /** Tensors of other tasks' heads, and tables that are computed rather than learned. */
  private static final List<Pattern> HARMLESS =
      List.of(
          Pattern.compile("(cls|lm_head|classifier|score|pooler|qa_outputs)\\..*"),
          Pattern.compile("embeddings\\.(position_ids|token_type_ids)"),
          Pattern.compile("(layers\\.\\d+\\.self_attn\\.)?rotary_emb\\.inv_freq"),
          Pattern.compile("h\\.\\d+\\.attn\\.(bias|masked_bias)"));

  private final String prefix;

  WeightNames(ModelConfig config) {
    this.prefix = ModelFamily.of(config).basePrefix() + ".";
  }

  /**
   * One spelling for all: without the base's prefix, norms with {@code weight} and {@code bias}.
   */
  String canonical(String name) {
    String bare = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    if (bare.endsWith(".LayerNorm.gamma")) {
      return bare.substring(0, bare.length() - "gamma".length()) + "weight";
    }
    if (bare.endsWith(".LayerNorm.beta")) {
      return bare.substring(0, bare.length() - "beta".length()) + "bias";
    }
    return bare;
  }

  /** Whether a weight of the tree belongs to the classifier. */
  boolean isHead(String name) {
    return HEAD.matcher(canonical(name)).matches();
  }

  /** Whether a weight of the tree may be drawn afresh where the file lacks it. */
  boolean mayStartFresh(String name) {
    return FRESH.matcher(canonical(name)).matches();
  }

  /** Whether a tensor that the tree does not need may be passed over. */
  boolean isHarmless(String canonical) {
    return HARMLESS.stream().anyMatch(pattern -> pattern.matcher(canonical).matches());
  }
}
