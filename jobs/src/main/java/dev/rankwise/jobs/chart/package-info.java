/**
 * A small kit of charts as text: plots with axes, bars, heat maps, and the markup around them.
 *
 * <p>Read {@link dev.rankwise.jobs.chart.Markup} first, then {@link dev.rankwise.jobs.chart.Plot}.
 * Everything is drawn as SVG inside HTML that is also well-formed XML, scales with the page without
 * scaling its letters, and takes its colours from the page's stylesheet by class. Nothing here
 * knows what the numbers mean.
 */
package dev.rankwise.jobs.chart;
