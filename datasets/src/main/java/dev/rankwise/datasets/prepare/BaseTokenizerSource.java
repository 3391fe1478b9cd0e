package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.util.Objects;

/**
 * The tokenizer of a base, opened from the base's folder on each host.
 *
 * @param base the base, with the hash that every host must find
 */
public record BaseTokenizerSource(BaseReference base) implements TokenizerSource {
  public BaseTokenizerSource {
    Objects.requireNonNull(base, "base");
  }

  @Override
  public Tokenizer open() {
    return HuggingFaceTokenizer.of(SparkBases.source().resolve(base));
  }

  @Override
  public String key() {
    return base.sha256();
  }

  @Override
  public String baseSha256() {
    return base.sha256();
  }
}
