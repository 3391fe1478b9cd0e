/**
 * What the driver does with the gradients of a step, up to the optimizer.
 *
 * <p>Read {@link dev.rankwise.pipeline.reduce.DriverReducer} first. Plain Java over flat arrays: it
 * knows neither Spark nor where a gradient was computed.
 */
package dev.rankwise.pipeline.reduce;
