/**
 * What a driver finds out about its cluster by asking: which executors there are, and what each
 * says of its host, its library, its clock, its devices and the files that it sees.
 *
 * <p>Read {@link dev.rankwise.jobs.survey.Survey} first. Nothing here judges what is found.
 */
package dev.rankwise.jobs.survey;
