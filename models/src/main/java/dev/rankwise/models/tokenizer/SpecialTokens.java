package dev.rankwise.models.tokenizer;

/** Whether tokens that stand for no text take part: those that begin, end or fill a sequence. */
public enum SpecialTokens {
  /** Encoding puts them around the text, decoding spells them out. */
  INCLUDED,
  /** Encoding gives the text's own tokens alone, decoding drops them. */
  LEFT_OUT
}
