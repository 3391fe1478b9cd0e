/**
 * Pictures of rows: the values that name or hold them, where they stand in a text, and the tokens
 * that their patches are.
 *
 * <p>Read {@link dev.rankwise.datasets.picture.PictureForm} first. How a file becomes pixels is the
 * matter of {@code datasets.image}; this package starts no jobs.
 */
package dev.rankwise.datasets.picture;
