/**
 * Bases as lists of segments: which kernel text computes each, which modules it multiplies by,
 * which tensors it reads.
 *
 * <p>Read {@link dev.rankwise.models.architecture.Network} first, then {@link
 * dev.rankwise.models.architecture.Networks}, which knows the families. Nothing here knows the
 * engine, adapters or files.
 */
package dev.rankwise.models.architecture;
