/**
 * From rows to prepared data: check, order, split, tokenise, write.
 *
 * <p>Read {@link dev.rankwise.datasets.prepare.DataPreparation} first. This package knows nothing
 * of models beyond their tokenizer, and nothing of training.
 */
package dev.rankwise.datasets.prepare;
