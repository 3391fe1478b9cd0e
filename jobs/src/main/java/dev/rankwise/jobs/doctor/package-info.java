/**
 * The verb {@code doctor}: what on a machine or a cluster would stop a run, or make it another one,
 * and how to mend each.
 *
 * <p>Read {@link dev.rankwise.jobs.doctor.Doctor} first. Each check looks at what was found and has
 * no effect; what is found is asked for by {@link dev.rankwise.jobs.survey.Survey}.
 */
package dev.rankwise.jobs.doctor;
