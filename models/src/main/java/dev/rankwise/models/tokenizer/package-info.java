/**
 * Text to token ids, exactly as the base was trained with.
 *
 * <p>Read {@link dev.rankwise.models.tokenizer.Tokenizer} first; {@link
 * dev.rankwise.models.tokenizer.HuggingFaceTokenizer} is the one that reads a {@code
 * tokenizer.json}.
 *
 * <p>This package knows nothing of models, labels or rows.
 */
package dev.rankwise.models.tokenizer;
