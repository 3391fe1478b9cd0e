/**
 * The page that tells what a run did: {@code report.html}.
 *
 * <p>Read {@link dev.rankwise.jobs.report.RunReport} first, which is all that the page knows, then
 * {@link dev.rankwise.jobs.report.ReportPage}. Nothing here measures, reads a file or looks at a
 * clock: equal input gives equal bytes.
 */
package dev.rankwise.jobs.report;
