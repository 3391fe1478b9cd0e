/**
 * How a gradient changes the parameters: the optimizer and the learning rate over the steps.
 *
 * <p>Read {@link dev.rankwise.pipeline.optimizer.AdamW} first. Plain arithmetic over flat arrays,
 * the same bits on every machine; it knows nothing of models, adapters or Spark.
 */
package dev.rankwise.pipeline.optimizer;
