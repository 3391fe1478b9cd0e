/**
 * Picture files as the numbers that a base reads: decoded within limits, made square, resized and
 * normalised, the same bits on every host.
 *
 * <p>Read {@link dev.rankwise.datasets.image.PicturePreparation} first. This package must not know
 * Spark.
 */
package dev.rankwise.datasets.image;
