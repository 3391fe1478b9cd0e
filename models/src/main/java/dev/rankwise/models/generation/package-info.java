/**
 * Text from a causal decoder: how the next token is chosen, when a text ends, and the loop between.
 *
 * <p>Read {@link dev.rankwise.models.generation.Generator} first, then {@link
 * dev.rankwise.models.generation.Sampling} for the formulas. This package knows replicas and
 * tokenizers; it must not know adapters, chat formats or the terminal.
 */
package dev.rankwise.models.generation;
