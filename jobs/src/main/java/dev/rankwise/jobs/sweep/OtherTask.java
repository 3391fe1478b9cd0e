package dev.rankwise.jobs.sweep;

import dev.rankwise.jobs.conf.Recipe;

/**
 * Held-out rows of another task, on which each run is measured besides: what it forgot.
 *
 * @param name what people call it
 * @param recipe names the rows, and where they lie once they are prepared
 * @param file name of the file with the figures in the run folder
 */
record OtherTask(String name, Recipe recipe, String file) {}
