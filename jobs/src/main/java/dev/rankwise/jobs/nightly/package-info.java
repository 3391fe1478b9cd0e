/**
 * One job a night: rows that are new are prepared and tuned on, and what that gives is measured,
 * judged, registered and promoted.
 *
 * <p>Read {@link dev.rankwise.jobs.nightly.NightlyRun} first, then {@link
 * dev.rankwise.jobs.nightly.NightSteps}. How rows are prepared, runs trained and models measured is
 * known elsewhere; here is only what follows on what.
 */
package dev.rankwise.jobs.nightly;
