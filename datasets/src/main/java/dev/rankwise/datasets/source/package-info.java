/**
 * Where rows come from: files, tables, queries and packaged corpora, all as the same raw columns.
 *
 * <p>Read {@link dev.rankwise.datasets.source.RowSource} first. A source hands on bytes and never
 * judges what a row means; it only reports rows that it could not read at all. This package knows
 * nothing of labels, tokens or splits.
 */
package dev.rankwise.datasets.source;
