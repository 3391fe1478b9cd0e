package dev.rankwise.models.config;

/**
 * Reads rotary embeddings in both spellings: {@code rope_parameters} with all of it, or {@code
 * rope_theta} beside {@code rope_scaling}, whose kind is {@code rope_type} or {@code type}.
 */
final class RotaryFields {
  private static final double MAXIMUM_BASE = 1e12;
  private static final double MAXIMUM_FACTOR = 1e6;
  private static final String PARAMETERS = "rope_parameters";
  private static final String THETA = "rope_theta";
  private static final String ORIGINAL = "original_max_position_embeddings";
  private static final String PARTIAL = "partial_rotary_factor";

  private RotaryFields() {}

  /**
   * The rotary embedding of a base.
   *
   * @param headSize numbers of a head
   * @param positions length of the sequences trained on
   */
  static Rotary read(ConfigFields fields, int headSize, int positions) {
    ConfigFields inner = fields.within(fields.has(PARAMETERS) ? PARAMETERS : "rope_scaling");
    double base = inner.positive(THETA, MAXIMUM_BASE, fields.positive(THETA, MAXIMUM_BASE, 10_000));
    double part = inner.positive(PARTIAL, 1, fields.positive(PARTIAL, 1, 1));
    int size = (int) (headSize * part);
    if (size < 2 || size % 2 != 0) {
      throw fields.wrong(
          "head_dim", headSize, "must give an even number of rotated dimensions, not " + size);
    }
    return new Rotary(size, base, scaling(fields, inner, positions));
  }

  private static Rotary.Scaling scaling(ConfigFields fields, ConfigFields inner, int positions) {
    String type = inner.text("rope_type", inner.text("type", "default"));
    return switch (type) {
      case "default" -> new Rotary.Unscaled();
      case "linear" -> new Rotary.Linear(factor(inner));
      case "llama3" -> {
        double low = inner.positive("low_freq_factor", MAXIMUM_FACTOR);
        double high = inner.positive("high_freq_factor", MAXIMUM_FACTOR);
        if (high <= low) {
          throw fields.wrong("high_freq_factor", high, "must be above low_freq_factor " + low);
        }
        int most = ModelFamily.MAXIMUM_POSITIONS;
        int original =
            inner.integer(ORIGINAL, 1, most, fields.integer(ORIGINAL, 1, most, positions));
        yield new Rotary.Llama3(factor(inner), low, high, original);
      }
      default ->
          throw fields.unsupported("rope_type", type, "supported are default, linear, llama3");
    };
  }

  private static double factor(ConfigFields inner) {
    double factor = inner.positive("factor", MAXIMUM_FACTOR);
    if (factor < 1) {
      throw inner.wrong("factor", factor, "must be at least 1");
    }
    return factor;
  }
}
