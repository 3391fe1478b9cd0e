/**
 * What is done with an adapter that lies on disk: evaluate it, apply it to a table, run it forward.
 *
 * <p>Read {@link dev.rankwise.jobs.stored.StoredModel} first. Nothing here trains.
 */
package dev.rankwise.jobs.stored;
