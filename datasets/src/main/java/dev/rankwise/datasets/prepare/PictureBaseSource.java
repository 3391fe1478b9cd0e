package dev.rankwise.datasets.prepare;

import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.util.Objects;
import java.util.Optional;

/**
 * In the place of the tokenizer of a base that reads nothing but pictures, and has none.
 *
 * @param base the base
 */
public record PictureBaseSource(BaseReference base) implements TokenizerSource {
  public PictureBaseSource {
    Objects.requireNonNull(base, "base");
  }

  @Override
  public Tokenizer open() {
    throw new InternalException("A base that reads pictures is asked for its tokenizer");
  }

  @Override
  public String key() {
    return base.sha256();
  }

  @Override
  public String baseSha256() {
    return base.sha256();
  }

  @Override
  public Optional<Tokenizer> shared() {
    return Optional.empty();
  }

  /** Empty: there is none. */
  @Override
  public String tokenizerSha256() {
    return "";
  }
}
