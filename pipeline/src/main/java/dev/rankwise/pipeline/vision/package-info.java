/**
 * What an adapter comes to on a base that reads pictures, or is to learn to see: sizes, the
 * teacher, and how a picture becomes numbers.
 *
 * <p>Read {@link dev.rankwise.pipeline.vision.AskedAdapter} first. Nothing here knows Spark, rows
 * or recipes.
 */
package dev.rankwise.pipeline.vision;
