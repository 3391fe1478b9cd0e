package dev.rankwise.models.config;

/** What a module of a base computes, as far as an adapter needs to know. */
public enum ModuleKind {
  /** {@code y = x·Wᵀ + b}, weight stored (out, in). */
  LINEAR,
  /** GPT-2's {@code Conv1D}: {@code y = x·W + b}, weight stored (in, out). */
  CONV1D,
  /** A two-dimensional convolution, weight stored (out, in, height, width). */
  CONV2D,
  /** A table of vectors, weight stored (entries, size). */
  EMBEDDING,
  /** A normalisation layer. */
  NORM,
  /** A module that holds other modules, or tensors that belong to none of them, or nothing. */
  CONTAINER
}
