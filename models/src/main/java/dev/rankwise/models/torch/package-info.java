/**
 * The only door to DJL and libtorch: loading the native library, kernels as text, the lifetime of
 * native arrays, and the settings that make results repeatable.
 *
 * <p>Read {@link dev.rankwise.models.torch.KernelProgram} first. This package knows tensors and
 * texts; it must not know networks, adapters or Spark.
 */
package dev.rankwise.models.torch;
