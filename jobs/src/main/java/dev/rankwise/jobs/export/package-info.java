/** The verb {@code export}: adapters for servers of others. */
package dev.rankwise.jobs.export;
