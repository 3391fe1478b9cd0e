package dev.rankwise.models.config;

import java.util.List;
import java.util.regex.Pattern;

/** The names that files give to the weights of one base. */
final class WeightNames {
  private static final Pattern HEAD = Pattern.compile("(classifier|score)\\..*");
  private static final Pattern FRESH =
      Pattern.compile("(classifier|score|pooler|vision_embedding|heads)\\..*");

  /** What stands on top of a base for another task: nothing of it is computed. */
  private static final Pattern OTHER_HEAD =
      Pattern.compile("(cls|lm_head|classifier|score|pooler|qa_outputs)\\..*");

  /** Tables that are computed rather than learned. */
  private static final List<Pattern> COMPUTED =
      List.of(
          Pattern.compile("embeddings\\.(position_ids|token_type_ids|mask_token)"),
          Pattern.compile("(layers\\.\\d+\\.self_attn\\.)?rotary_emb\\.inv_freq"),
          Pattern.compile("h\\.\\d+\\.attn\\.(bias|masked_bias)"));

  private final ModelConfig config;
  private final String prefix;
  private final ModelFamily family;

  WeightNames(ModelConfig config) {
    this.config = config;
    this.family = ModelFamily.of(config);
    this.prefix = family.basePrefix() + ".";
  }

  /** How files of the family name a weight of the tree. */
  String stored(String name) {
    if (family != ModelFamily.VIT) {
      return name;
    }
    return name.startsWith(prefix)
        ? prefix + VitModules.stored(name.substring(prefix.length()))
        : VitModules.stored(name);
  }

  /**
   * One spelling for all: without the base's prefix, norms with {@code weight} and {@code bias},
   * modules by their paths.
   */
  String canonical(String name) {
    String bare = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    if (bare.endsWith(".LayerNorm.gamma")) {
      return bare.substring(0, bare.length() - "gamma".length()) + "weight";
    }
    if (bare.endsWith(".LayerNorm.beta")) {
      return bare.substring(0, bare.length() - "beta".length()) + "bias";
    }
    return family == ModelFamily.VIT ? VitModules.path(bare) : bare;
  }

  /** Whether a weight of the tree belongs to the classifier. */
  boolean isHead(String name) {
    return HEAD.matcher(canonical(name)).matches();
  }

  /** Whether a weight of the tree may be drawn afresh where the file lacks it. */
  boolean mayStartFresh(String name) {
    return FRESH.matcher(canonical(name)).matches();
  }

  /**
   * Whether a tensor that the tree does not need may be passed over. Beside an output embedding
   * nothing may stand that would change its scores: only the copy of the token table that some
   * files hold for one that shares it.
   */
  boolean isHarmless(String canonical) {
    if (COMPUTED.stream().anyMatch(pattern -> pattern.matcher(canonical).matches())) {
      return true;
    }
    return config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL
        ? config.tiedEmbeddings() && canonical.equals("lm_head.weight")
        : OTHER_HEAD.matcher(canonical).matches();
  }
}
