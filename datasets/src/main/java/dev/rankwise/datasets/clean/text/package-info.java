/**
 * What can be said of one text and done to it, in plain Java: Unicode, quality, language, personal
 * data, n-grams. Read {@link dev.rankwise.datasets.clean.text.TextQuality} first. Must not know
 * Spark or rows.
 */
package dev.rankwise.datasets.clean.text;
