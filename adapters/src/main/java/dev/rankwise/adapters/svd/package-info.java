/**
 * Singular values and vectors, in plain Java and double: of a product of two thin factors, and of a
 * matrix. The order of all sums is fixed, so equal input gives equal bits on every machine.
 *
 * <p>Read {@link dev.rankwise.adapters.svd.Svd} first. This package must not know what a matrix
 * stands for.
 */
package dev.rankwise.adapters.svd;
