/**
 * Which rows a run used, and which runs used a row. Read {@link
 * dev.rankwise.jobs.lineage.RowSearch} first. Knows nothing of how runs train.
 */
package dev.rankwise.jobs.lineage;
