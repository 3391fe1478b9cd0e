package dev.rankwise.jobs.report;

/**
 * What the models answered to one held-out row.
 *
 * @param text the row's text
 * @param truth its label
 * @param base label that the frozen base with a trained classifier chose, empty if not evaluated
 * @param adapter label that the base with the adapter chose
 */
public record SamplePrediction(String text, String truth, String base, String adapter) {}
