/**
 * Tokenised texts with what is trained in them, cut to length and packed into sequences.
 *
 * <p>Read {@link dev.rankwise.datasets.pack.TrainedTokens} first, then {@link
 * dev.rankwise.datasets.pack.PackingPlan}. Plain Java: this package knows nothing of Spark, files
 * or conversations.
 */
package dev.rankwise.datasets.pack;
