/**
 * What a notebook shows of runs: charts as HTML, live while a run goes on, and tables.
 *
 * <p>Read {@link dev.rankwise.jobs.notebook.Notebook} first; it is all that a notebook calls. It
 * draws nothing of its own where a page of ours draws it already.
 */
package dev.rankwise.jobs.notebook;
