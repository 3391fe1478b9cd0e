/**
 * Frozen bases as networks of kernels: what a segment is, how kernels are linked, and the replica
 * that runs forward and backward passes over it.
 *
 * <p>Read {@link dev.rankwise.models.network.Replica} first. This package knows that some tensors
 * are trainable and some products replaced; it must not know by which method, nor Spark.
 */
package dev.rankwise.models.network;
