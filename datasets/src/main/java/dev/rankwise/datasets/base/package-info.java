/**
 * Bases as the processes of Spark find them: on their host, on a hub, and on the file systems of
 * Hadoop.
 *
 * <p>Read {@link dev.rankwise.datasets.base.SparkBases} first. This package knows nothing of rows.
 */
package dev.rankwise.datasets.base;
