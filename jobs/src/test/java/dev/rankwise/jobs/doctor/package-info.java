/** Tests of the verb {@code doctor}. */
package dev.rankwise.jobs.doctor;
