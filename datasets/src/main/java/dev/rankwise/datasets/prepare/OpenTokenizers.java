package dev.rankwise.datasets.prepare;

import dev.rankwise.models.tokenizer.Tokenizer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The tokenizers of this JVM, one for each source, shared by the threads of all tasks. They stay
 * open as long as the JVM lives: an executor serves few bases, and opening costs more than keeping.
 */
public final class OpenTokenizers {
  private static final ConcurrentMap<String, Tokenizer> OPEN = new ConcurrentHashMap<>();

  private OpenTokenizers() {}

  /** The tokenizer of {@code source}, opened if it is not open yet; not to be closed. */
  public static Tokenizer of(TokenizerSource source) {
    return OPEN.computeIfAbsent(source.key(), key -> source.open());
  }
}
