/**
 * WordNet 3.1 as it lies in its database files, and the tables that are made of it.
 *
 * <p>Read {@link dev.rankwise.datasets.source.wordnet.WordNetView} first.
 */
package dev.rankwise.datasets.source.wordnet;
