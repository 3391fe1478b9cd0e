package dev.rankwise.jobs.run;

/**
 * One held-out row as a person may want to see it.
 *
 * @param text its text as the model read it
 * @param truth its label
 * @param before what the frozen base with a trained head says
 * @param after what the adapter says
 */
record Sample(String text, String truth, String before, String after) {}
