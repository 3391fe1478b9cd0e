/**
 * Text to token ids, exactly as the base was trained with.
 *
 * <p>Read {@link dev.rankwise.models.tokenizer.Tokenizer} first; {@link
 * dev.rankwise.models.tokenizer.HuggingFaceTokenizer} is the one that reads a {@code
 * tokenizer.json}. {@link dev.rankwise.models.tokenizer.DecodedStream} turns ids that arrive one by
 * one into text, and {@link dev.rankwise.models.tokenizer.BoundaryTokens} says where texts begin
 * and end.
 *
 * <p>This package knows nothing of networks, labels or rows.
 */
package dev.rankwise.models.tokenizer;
