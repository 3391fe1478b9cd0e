/** Files that somebody else made, each of which breaks one rule, and what becomes of them. */
package dev.rankwise.jobs.foreign;
