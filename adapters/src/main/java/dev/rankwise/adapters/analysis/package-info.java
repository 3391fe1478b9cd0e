/**
 * What tuning did to the weights of a base, in numbers: how far each turned and grew, how many
 * directions its update has, and whether two updates share them.
 *
 * <p>Read {@link dev.rankwise.adapters.analysis.WeightUpdate} first. This package must not know how
 * models are stored, nor how the numbers are shown.
 */
package dev.rankwise.adapters.analysis;
