/**
 * What every verb needs: what it has of the world outside, a Spark session with a base, JSON files.
 *
 * <p>Read {@link dev.rankwise.jobs.session.RunSession} first. Nothing here knows what a verb does.
 */
package dev.rankwise.jobs.session;
