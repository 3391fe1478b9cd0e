/**
 * LoRA: an update of low rank beside every adapted weight.
 *
 * <p>Read {@link dev.rankwise.adapters.lora.Lora} first. This package must not know files, networks
 * or Spark.
 */
package dev.rankwise.adapters.lora;
