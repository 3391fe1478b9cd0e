package dev.rankwise.models.tokenizer;

/** Text to token ids, as the base was trained with. Instances are safe for several threads. */
public interface Tokenizer extends AutoCloseable {

  /**
   * Encodes one text with its special tokens, cut to {@code maximumTokens} as the reference does
   * (the special tokens stay).
   */
  int[] encode(String text, int maximumTokens);

  /** The tokens of {@code ids} as their vocabulary spells them, for showing to people. */
  String[] tokens(int[] ids);

  /** Number of entries, added tokens included. */
  int vocabularySize();

  /** SHA-256 of the tokenizer's file, in hex: part of a run's fingerprint. */
  String sha256();

  @Override
  void close();
}
