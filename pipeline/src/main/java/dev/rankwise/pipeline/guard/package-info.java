/** What ends a run that does not do well, and leaves out the rows that would end it. */
package dev.rankwise.pipeline.guard;
