/**
 * Tests of the source tree as a whole: which package may use what, how long a file may grow, what a
 * text may not contain. Read {@code TestDependencyRules} first; nothing here knows what the code
 * computes.
 */
package dev.rankwise.jobs.architecture;
