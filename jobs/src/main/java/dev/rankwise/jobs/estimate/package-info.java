/** What a run will take, found out on this machine before a cluster is asked for it. */
package dev.rankwise.jobs.estimate;
