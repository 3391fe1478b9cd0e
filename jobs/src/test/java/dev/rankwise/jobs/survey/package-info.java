/** Tests of what a driver asks its cluster. */
package dev.rankwise.jobs.survey;
