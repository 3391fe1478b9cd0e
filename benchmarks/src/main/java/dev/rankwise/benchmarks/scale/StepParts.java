package dev.rankwise.benchmarks.scale;

/**
 * Where the time of a simulated step goes, in seconds, one after another.
 *
 * @param handOut until the last executor has the parameters, Spark's start of the job included
 * @param compute from there to the end of the last group
 * @param collect from there until the driver has all that it adds
 * @param sum adding
 * @param optimizer update
 */
record StepParts(double handOut, double compute, double collect, double sum, double optimizer) {
  double whole() {
    return handOut + compute + collect + sum + optimizer;
  }
}
