/**
 * Cleans rows before they are checked and tokenised: mends texts, leaves out rows that break a
 * rule, that repeat others, or that stand in what a model is measured on. Read {@link
 * dev.rankwise.datasets.clean.CleanedSource} first. Knows nothing of examples, splits and tokens.
 */
package dev.rankwise.datasets.clean;
