/**
 * Trains a byte-level BPE tokenizer, for a base that is trained from scratch.
 *
 * <p>Read {@link dev.rankwise.models.tokenizer.bpe.BpeTrainer} first. What it learns is written as
 * a {@code tokenizer.json} and read back like any other; nothing here encodes a text.
 */
package dev.rankwise.models.tokenizer.bpe;
