/**
 * What a base reads of a conversation or a text that it is to go on after: its own marks, its own
 * template, and tokens.
 *
 * <p>Read {@link dev.rankwise.datasets.prompt.PromptTokens} first. This package knows nothing of
 * Spark.
 */
package dev.rankwise.datasets.prompt;
