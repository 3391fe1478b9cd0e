/**
 * Text from prompts by a base and adapters on it, in the driver's own process.
 *
 * <p>Read {@link dev.rankwise.jobs.generate.GenerationRun} first.
 */
package dev.rankwise.jobs.generate;
