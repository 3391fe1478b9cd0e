/**
 * What can go wrong, as a user or a scheduler sees it: one family of failures, one exit code a
 * kind.
 *
 * <p>Read {@link dev.rankwise.models.failure.RankwiseException} first. Nothing here knows what
 * failed.
 */
package dev.rankwise.models.failure;
