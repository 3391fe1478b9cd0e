/**
 * Weights in four bits: the codes NF4 and FP4, their quantiser, and the form in which bitsandbytes
 * stores them.
 *
 * <p>A weight is laid flat, row-major, and cut into blocks. Each number is stored as the nearest of
 * sixteen values times the block's largest magnitude; these magnitudes may be stored in eight bits
 * themselves. Source: QLoRA (arXiv 2305.14314), section 3.
 */
package dev.rankwise.models.quantized;
