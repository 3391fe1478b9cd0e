/**
 * What a step would take on clusters that are not at hand, from costs that were measured here.
 *
 * <p>Read {@link dev.rankwise.benchmarks.scale.StepSimulation} first. Nothing here trains.
 */
package dev.rankwise.benchmarks.scale;
