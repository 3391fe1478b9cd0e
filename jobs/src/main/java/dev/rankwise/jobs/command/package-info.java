/**
 * The verbs of the command: options in, one call, what the user reads out.
 *
 * <p>Read {@link dev.rankwise.jobs.command.TuneCommand} first. A verb knows its options and words;
 * what is done is in the packages below.
 */
package dev.rankwise.jobs.command;
