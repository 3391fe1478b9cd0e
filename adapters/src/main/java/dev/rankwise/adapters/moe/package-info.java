/**
 * MoE-LoRA: several LoRA experts beside each adapted weight, and a router that weighs them.
 *
 * <p>Read {@link dev.rankwise.adapters.moe.MoeLora} first. This package must not know files,
 * networks or Spark.
 */
package dev.rankwise.adapters.moe;
