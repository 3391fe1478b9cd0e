/**
 * Putting things of different lengths into as few containers of one length as possible: texts into
 * sequences, and sequences of a micro-batch into lines of attention.
 *
 * <p>Read {@link dev.rankwise.models.packing.BestFit} first. Nothing here knows what the things
 * are.
 */
package dev.rankwise.models.packing;
