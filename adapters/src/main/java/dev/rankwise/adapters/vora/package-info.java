/**
 * VoRA: LoRA by which a decoder learns to see.
 *
 * <p>Read {@link dev.rankwise.adapters.vora.Vora} first. This package must not know files or Spark.
 */
package dev.rankwise.adapters.vora;
