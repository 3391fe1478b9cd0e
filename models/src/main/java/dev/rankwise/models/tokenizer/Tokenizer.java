package dev.rankwise.models.tokenizer;

import java.util.List;
import java.util.OptionalInt;

/** Text to token ids, as the base was trained with. Instances are safe for several threads. */
public interface Tokenizer extends AutoCloseable {

  /**
   * Encodes one text with its special tokens, cut to {@code maximumTokens} as the reference does
   * (the special tokens stay).
   */
  int[] encode(String text, int maximumTokens);

  /** Encodes one text whole, with the characters that each token stands for. */
  TextEncoding encode(String text, SpecialTokens special);

  /**
   * The text of {@code ids}. An id without a token leaves nothing, as in the reference; bytes that
   * are no UTF-8 become U+FFFD. For text that grows see {@link DecodedStream}.
   *
   * @throws IllegalArgumentException if an id is negative
   */
  String decode(int[] ids, SpecialTokens special);

  /**
   * The tokens of {@code ids} as their vocabulary spells them, for showing to people; an id without
   * a token shows as the number in angle brackets.
   */
  String[] tokens(int[] ids);

  /** The id of a token as the vocabulary spells it; empty where there is none. */
  OptionalInt id(String token);

  /** The tokens that are found in a text as they stand, by id. */
  List<AddedToken> addedTokens();

  /** Number of entries, added tokens included. */
  int vocabularySize();

  /** The highest id; at least {@code vocabularySize() - 1}, more where ids have gaps. */
  int highestId();

  /** SHA-256 of the tokenizer's file, in hex: part of a run's fingerprint. */
  String sha256();

  @Override
  void close();
}
