/**
 * Pictures as numbers: how they are cut into patches, and which tokens of a micro-batch the patches
 * are.
 *
 * <p>Read {@link dev.rankwise.models.vision.ImagePatches} first. Nothing here knows the engine,
 * networks or files.
 */
package dev.rankwise.models.vision;
