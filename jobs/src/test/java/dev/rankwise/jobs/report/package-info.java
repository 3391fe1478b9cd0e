/**
 * Tests of the report page, as text and in a browser. Read {@code ReportFixture} first; nothing here
 * trains anything.
 */
package dev.rankwise.jobs.report;
