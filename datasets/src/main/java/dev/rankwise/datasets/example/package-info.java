/**
 * What a row means: checked rows of labelled text, label sets and tokenised examples.
 *
 * <p>Read {@link dev.rankwise.datasets.example.LabelledRowCheck} first, then {@link
 * dev.rankwise.datasets.example.Example}. Plain Java: this package knows nothing of Spark, files or
 * splits.
 */
package dev.rankwise.datasets.example;
