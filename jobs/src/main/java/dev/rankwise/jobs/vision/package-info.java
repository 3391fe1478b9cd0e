/**
 * What a recipe comes to on a base that reads pictures, or is made to see: sizes, the teacher, and
 * how a picture becomes numbers.
 *
 * <p>Read {@link dev.rankwise.jobs.vision.AskedAdapter} first. Nothing here knows Spark or rows.
 */
package dev.rankwise.jobs.vision;
