package dev.rankwise.datasets.prepare;

import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.io.Serializable;
import java.util.Optional;

/**
 * Where a task gets its tokenizer from: the door travels to the executors, the tokenizer does not.
 */
public interface TokenizerSource extends Serializable {

  /** Opens the tokenizer on the machine at hand. */
  Tokenizer open();

  /** What is opened: sources with equal keys open the same tokenizer, once in a JVM. */
  String key();

  /** Hash of the base that the tokenizer belongs to. */
  String baseSha256();

  /** The tokenizer of a base; in its place, where the base reads nothing but pictures, none. */
  static TokenizerSource of(BaseReference base, ModelConfig config) {
    return config.images().isPresent()
        ? new PictureBaseSource(base)
        : new BaseTokenizerSource(base);
  }

  /** The tokenizer that all tasks of this JVM share; empty where the base reads no texts. */
  default Optional<Tokenizer> shared() {
    return Optional.of(OpenTokenizers.of(this));
  }

  /** Hash of the tokenizer's file, which is opened for it. */
  default String tokenizerSha256() {
    return OpenTokenizers.of(this).sha256();
  }
}
