/** Figures of a run in the forms that other programs follow runs with. */
package dev.rankwise.jobs.tracking;
