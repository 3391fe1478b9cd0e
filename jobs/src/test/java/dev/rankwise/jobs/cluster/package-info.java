/**
 * Runs the packaged jar as a user does: {@code spark-submit} to a real master with two workers,
 * each a process of its own, on the loopback device. Read {@code SparkClusterIT} first; nothing
 * here calls the code under test but through its command line.
 */
package dev.rankwise.jobs.cluster;
