/**
 * Prepared data at rest: Parquet of tokenised examples with a manifest, written whole or not at
 * all.
 *
 * <p>Read {@link dev.rankwise.datasets.shard.PreparedData} first. This package knows what an
 * example is, but not how rows become examples.
 */
package dev.rankwise.datasets.shard;
